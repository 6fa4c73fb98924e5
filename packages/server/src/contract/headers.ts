/**
 * Headers whose values are the same on every response of the API: nothing may store, sniff, frame or refer from an answer that can
 * hold a secret. The contract documents each of them on each response.
 */
export const FIXED_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Headers that each answer has anew, also one that is given again. */
const OWN_HEADERS = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy', 'Idempotent-Replayed'] as const;

/** Headers that the writer adds by itself, so that no handler needs to. */
export type CommonHeader = keyof typeof FIXED_HEADERS | (typeof OWN_HEADERS)[number];

export function isCommonHeader(name: string): boolean {
  return name in FIXED_HEADERS || (OWN_HEADERS as readonly string[]).includes(name);
}
