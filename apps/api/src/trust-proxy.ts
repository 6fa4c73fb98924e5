import { isIP } from 'node:net';
import type { TrustProxy } from '@signa/server';

/** Express's names for the addresses of this machine and of private networks. */
const NAMES = new Set(['loopback', 'linklocal', 'uniquelocal']);

const MOST_PROXIES = 10;

/** The widest subnet that can be somebody's own, by the version of IP: 10.0.0.0/8 and fc00::/7. */
const SHORTEST_PREFIX: Readonly<Record<number, number>> = { 4: 8, 6: 7 };

/**
 * Reads `TRUST_PROXY`: a number of proxies, or their addresses, subnets and names, separated by commas. What would make Express
 * believe anybody (`true`, `0.0.0.0/0`) is not among it, because each client could then choose its own address.
 *
 * @returns undefined when it is none of these
 */
export function parseTrustProxy(text: string): TrustProxy | undefined {
  const proxies = Number(text);
  if (/^\d+$/.test(text)) return proxies >= 1 && proxies <= MOST_PROXIES ? proxies : undefined;
  const parts = text.split(',').map((part) => part.trim());
  return parts.every((part) => NAMES.has(part) || isSubnet(part)) ? parts : undefined;
}

function isSubnet(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  // An IPv4 address within IPv6 is written as IPv4: ::ffff:0:0/96 would be all of them.
  if (version === 0 || rest.length > 0 || address.includes('%') || isMappedIPv4(address)) return false;
  if (prefix === undefined) return true;
  const bits = Number(prefix);
  return /^\d{1,3}$/.test(prefix) && bits >= SHORTEST_PREFIX[version]! && bits <= (version === 4 ? 32 : 128);
}

function isMappedIPv4(address: string): boolean {
  // URL writes every spelling of an address alike.
  return isIP(address) === 6 && new URL(`http://[${address}]`).hostname.startsWith('[::ffff:');
}
