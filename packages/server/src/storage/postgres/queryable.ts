/** Where statements run: any connection of the pool, or that of one transaction. */
export interface Queryable {
  /**
   * Runs a statement in which `:name` stands for the parameter of that name. Each text is prepared once on each connection, so that there
   * are few: values are never part of them.
   *
   * @throws {StoreBusyError} when nothing was written and waiting may help
   * @throws {StoreUnavailableError} when the database or the connection failed
   */
  query<Row>(text: string, parameters?: Parameters): Promise<QueryResult<Row>>;
}

export type Parameters = Readonly<Record<string, unknown>>;

export interface QueryResult<Row> {
  readonly rows: readonly Row[];
  /** How many rows were changed or returned. */
  readonly count: number;
}
