import { isIPv6 } from 'node:net';

/** Addresses that mean "every interface", and the one under which this machine reaches itself there. */
const UNSPECIFIED: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The address to paste into a command on this machine. */
export function baseUrl(host: string, port: number): string {
  const reachable = UNSPECIFIED[host] ?? host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}
