/** How many characters or bytes in a row are a trace. Fewer are not: a key's prefix, 8 characters, is shown to people for good. */
const WINDOW = 16;

/** Bytes with case and the alphabet of base64 made one. */
const CANONICAL = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return { '-': '+', _: '/' }[character]?.charCodeAt(0) ?? character.toLowerCase().charCodeAt(0);
});

/**
 * Looks for secrets in what a service leaves behind, for the tests that prove that there are none.
 *
 * A trace is any 16 characters of a secret in any case; 16 characters of its text or its bytes in hexadecimal or base64, however
 * base64 cuts them, in either alphabet; or 16 of the bytes that its hexadecimal digits stand for. Percent-encoding and bytes written
 * as a list of numbers, which is how a Buffer gets into a log, do not hide it.
 *
 * The time is linear in what is searched (Rabin and Karp's rolling hash); a secret takes about 40 kB of memory.
 */
export class SecretScan {
  /** The secrets by the hashes of their traces. */
  readonly #traces = new Map<number, string>();
  /** A bit for each hash that there may be: nearly all of what is searched ends here. */
  readonly #sieve = new Uint8Array(2 ** 21);

  constructor(secrets: Iterable<string>) {
    for (const secret of secrets) {
      for (const form of formsOf(secret)) {
        eachWindow(form, (high, low) => {
          this.#traces.set(keyOf(high, low), secret);
          this.#sieve[high >>> 11]! |= 1 << ((high >>> 8) & 7);
        });
      }
    }
  }

  /** The secrets of which there is a trace. */
  find(haystack: string | Uint8Array): string[] {
    const bytes = Buffer.from(haystack);
    const found = new Set<string>();
    const plain = decoded(bytes);
    for (const searched of plain.equals(bytes) ? [bytes] : [bytes, plain]) {
      eachWindow(searched, (high, low, end) => {
        if ((this.#sieve[high >>> 11]! & (1 << ((high >>> 8) & 7))) === 0) return;
        const secret = this.#traces.get(keyOf(high, low));
        if (secret !== undefined && isTrace(secret, searched.subarray(end - WINDOW, end))) found.add(secret);
      });
    }
    return [...found];
  }
}

/** What a secret looks like in other writings. */
function formsOf(secret: string): Buffer[] {
  const text = Buffer.from(secret);
  const bytes = Buffer.from(secret.replace(/^[a-z]+_/, ''), 'hex');
  const encoded = [text, bytes].flatMap((value) => [
    value.toString('hex'),
    ...[0, 1, 2].map((offset) => base64After(offset, value)),
  ]);
  return [text, bytes, ...encoded.map((form) => Buffer.from(form))];
}

/** The base64 of a value that so many bytes precede, without the characters that it shares with what stands before and after it. */
function base64After(offset: number, value: Buffer): string {
  const whole = Buffer.concat([Buffer.alloc(offset), value]);
  return whole.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((whole.length * 8) / 6));
}

/** The same with percent-encoding and lists of numbers undone. */
function decoded(bytes: Buffer): Buffer {
  const text = bytes
    .toString('latin1')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\d{1,3}(?:,\s*\d{1,3}){15,}/g, (list) => Buffer.from(list.split(',').map(Number)).toString('latin1'));
  return Buffer.from(text, 'latin1');
}

/** That the hashes are the same is not enough where there are millions of them. */
function isTrace(secret: string, window: Buffer): boolean {
  return formsOf(secret).some((form) => canonical(form).includes(canonical(window)));
}

function canonical(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte) => CANONICAL[byte]!));
}

function keyOf(high: number, low: number): number {
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}

const FACTORS = [0x01000193, 0x2c1b3c6d] as const;
/** What a byte has been multiplied by when it leaves the window. */
const LEAVING = FACTORS.map((factor) => Array.from({ length: WINDOW }, () => factor).reduce(Math.imul, 1));

/** Two hashes of every 16 bytes in a row, and where these end. */
function eachWindow(bytes: Uint8Array, visit: (high: number, low: number, end: number) => void): void {
  let [high, low] = [0, 0];
  for (let index = 0; index < bytes.length; index += 1) {
    const entering = CANONICAL[bytes[index]!]!;
    const leaving = index < WINDOW ? 0 : CANONICAL[bytes[index - WINDOW]!]!;
    high = (Math.imul(high, FACTORS[0]) + entering - Math.imul(leaving, LEAVING[0]!)) | 0;
    low = (Math.imul(low, FACTORS[1]) + entering - Math.imul(leaving, LEAVING[1]!)) | 0;
    if (index >= WINDOW - 1) visit(high, low, index + 1);
  }
}
