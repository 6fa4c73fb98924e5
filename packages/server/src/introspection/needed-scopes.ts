/**
 * Which of the scopes that a resource server was told of its question needed: those that it named, when the key holds them all, and
 * otherwise none, because it will refuse. Without a name all that it was told of.
 */
export function neededScopes(disclosed: string, required: string | undefined): string[] {
  const held = split(disclosed);
  if (required === undefined) return held;
  const named = split(required);
  return named.every((scope) => held.includes(scope)) ? named : [];
}

function split(scope: string): string[] {
  return scope === '' ? [] : scope.split(' ');
}
