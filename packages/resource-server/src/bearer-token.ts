import type { IncomingMessage } from 'node:http';

/** What a request presents. `malformed` can be no token of anybody's; the API need not be asked. */
export type Presented = { readonly token: string } | 'nothing' | 'malformed';

/**
 * The syntax of RFC 6750, section 2.1, and a length that no key has. Not the shape of a key: that is the API's to decide, and a
 * gateway that knew it would refuse the keys of a later version. It only keeps away what the API would answer with an error, which
 * somebody could otherwise turn into a 503 and a line in the operator's log.
 */
const TOKEN = /^[\w.~+/-]+=*$/;
const LONGEST_TOKEN = 512;

/**
 * Reads the bearer token: only from the Authorization header, never from a URL or a body, where it would be logged. Two headers are
 * refused, because two readers along the way could believe in two callers.
 */
export function readBearerToken({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>): Presented {
  const values = headersDistinct['authorization'] ?? [];
  const [scheme, token, ...rest] = (values[0] ?? '').split(' ');
  if (values.length === 0 || scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '') {
    return 'nothing';
  }
  const isToken = values.length === 1 && rest.length === 0 && token.length <= LONGEST_TOKEN && TOKEN.test(token);
  return isToken ? { token } : 'malformed';
}
