import { isIP } from 'node:net';
import type { Request } from 'express';

/**
 * The address of the client: that of the connection, or what the proxies that the app trusts say it is. Null when the connection is
 * gone already.
 *
 * Always an IP address, although Express takes from `X-Forwarded-For` whatever stands there: where that is none, it is the address
 * of the proxy. An IPv4 address is written as one, also on a socket that takes both kinds.
 */
export function clientAddressOf(request: Request): string | null {
  const address = [request.ip, request.socket.remoteAddress].find((candidate) => isIP(candidate ?? '') !== 0);
  return address?.replace(/%.*$/, '').replace(/^::ffff:(?=[\d.]+$)/i, '') ?? null;
}
