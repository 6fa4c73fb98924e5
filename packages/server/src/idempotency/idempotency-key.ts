/**
 * The value of an Idempotency-Key header that the contract has let through: bare, or a string as RFC 8941, section 3.3.3, writes it
 * (which is what draft-ietf-httpapi-idempotency-key-header asks for). Both forms of a value are the same key.
 */
export function parseIdempotencyKey(header: string): string {
  return header.startsWith('"') ? header.slice(1, -1).replaceAll(/\\(.)/g, '$1') : header;
}
