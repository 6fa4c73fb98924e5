/** The strings of a JSON text, and what tells where objects begin and end and which strings are names. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}:]/g;

/**
 * A name that stands twice in one object, or null when there is none.
 *
 * What such an object means is anybody's guess (RFC 8259, section 4): a proxy that goes by the first and a parser that goes by the
 * last have read two different requests. I-JSON forbids it (RFC 7493, section 2.3).
 *
 * @param json a valid JSON text. The time is linear in its length, because every string in it ends, and nesting costs no stack.
 */
export function findRepeatedName(json: string): string | null {
  const objects: Set<string>[] = [];
  let latest = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (token === ':') {
      // Parsed, because a name can be written in many ways: "a" is "\u0061".
      const name = JSON.parse(latest) as string;
      const names = objects.at(-1)!;
      if (names.has(name)) return name;
      names.add(name);
    } else latest = token;
  }
  return null;
}
