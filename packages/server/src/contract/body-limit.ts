/** The most bytes that a request body may have. */
export const BODY_LIMIT = 16 * 1024;
