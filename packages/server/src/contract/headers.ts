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

/** Headers that the writer adds by itself, so that no handler needs to. */
export type CommonHeader = keyof typeof FIXED_HEADERS | 'X-Request-Id' | 'RateLimit' | 'RateLimit-Policy';
