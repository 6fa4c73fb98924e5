/**
 * How many rows a page of a list looks at before it ends although it is not full, as the contract says of each list. A few
 * milliseconds' work: reads may hold up everybody, so that no filter may make one long.
 */
export const MOST_ROWS_LOOKED_AT = 5_000;
