/** Random numbers that a seed brings back. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0 and less than 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Both ends included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!;
  }

  some<T>(choices: readonly T[], atLeast: number): T[] {
    const left = [...choices];
    const count = this.integer(Math.min(atLeast, left.length), left.length);
    return Array.from({ length: count }, () => left.splice(this.integer(0, left.length - 1), 1)[0]!);
  }
}

/** The seed of this run: `STRESS_SEED`, or another one each time. */
export function chooseSeed(): number {
  return Number(process.env['STRESS_SEED'] || Date.now() % 2 ** 32);
}
