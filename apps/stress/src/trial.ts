/** One promise of the service, and how it is tried. */
export interface Trial {
  /** The row of the table of promises. */
  readonly row: number;
  readonly promise: string;
  /**
   * @param full whether with the figures of the table, or with small counts for CI
   * @param tell tells the person who waits how far it is
   */
  run(full: boolean, tell: (progress: string) => void): Promise<Outcome>;
}

export interface Outcome {
  /** What was done, with its counts. */
  readonly did: string;
  /** What was measured. */
  readonly figure: string;
  readonly passed: boolean;
}
