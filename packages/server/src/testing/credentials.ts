/** The `Authorization` of a key (RFC 6750, section 2.1). */
export function bearer({ key }: { readonly key: string }): string {
  return `Bearer ${key}`;
}

/** The `Authorization` of a resource server (RFC 7617, section 2). */
export function basic({ id, secret }: { readonly id: string; readonly secret: string }): string {
  return `Basic ${btoa(`${id}:${secret}`)}`;
}
