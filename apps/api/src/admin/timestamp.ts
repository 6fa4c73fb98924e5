/** As the API writes times: RFC 3339, UTC, whole seconds. */
export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
