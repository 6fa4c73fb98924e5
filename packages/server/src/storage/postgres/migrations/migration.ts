/** A step of the schema. */
export interface Migration {
  /** Statements without parameters, run in one transaction. */
  readonly sql: string;
  /**
   * What the service's role may do with the tables, as GRANT takes it. Stands beside the table that it is for; what a later step says
   * of a table replaces what an earlier one said.
   */
  readonly grants: Readonly<Record<string, string>>;
}
