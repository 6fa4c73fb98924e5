/** A percent-encoded printable ASCII character, encoded any number of times over: `%5F`, `%255F`. */
const ENCODED = /%(?:25)*([2-7][0-9a-f])/gi;

/** How often a text is decoded. Each time sees through any number of encodings of the percent sign, so that more is no accident. */
const DECODINGS = 3;

/** Cuts anything that begins like a secret down to its prefix. Leaves numbers and digests be, so it can be used on a line of JSON. */
export function redactSecrets(text: string): string {
  return text.replaceAll(/(sig(?:rs)?_[0-9a-f]{4})[0-9a-f]+/gi, '$1…');
}

/**
 * Redacts what a request said before it is said back to it. Somebody who puts a secret into a path or a field name, where it does not
 * belong, must not find it again in an error, also when it was percent-encoded on its way or came without its prefix: 16 or more
 * hexadecimal digits are cut down to 4, unless they are one of our ids. What is redacted comes out decoded.
 */
export function redactSent(text: string): string {
  let decoded = text;
  for (let times = 0; times < DECODINGS; times += 1) {
    decoded = decoded.replaceAll(ENCODED, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
  }
  const redacted = cutHexadecimals(redactSecrets(decoded));
  return redacted === decoded ? text : redacted;
}

function cutHexadecimals(text: string): string {
  return text.replaceAll(
    /\b(?:key|orgn|req|evt|rs)_[a-z0-9]{16}(?![a-z0-9])|([0-9a-f]{4})[0-9a-f]{12,}/gi,
    (match, start) => (start === undefined ? match : `${start}…`),
  );
}
