import type { EpochDay } from '../keys/day.ts';
import type { UsageCount } from './usage-count.ts';

/** Counts usage in memory, which is bounded by the keys in use and the operations they are used for. */
export class UsageTally {
  readonly #counts = new Map<string, UsageCount>();

  get size(): number {
    return this.#counts.size;
  }

  count(of: Pick<UsageCount, 'organizationId' | 'apiKeyId' | 'operationId'>, day: EpochDay, isError: boolean): void {
    const { organizationId, apiKeyId, operationId } = of;
    this.#add({ organizationId, day, apiKeyId, operationId, requests: 1, errors: isError ? 1 : 0 });
  }

  /** Takes counts out, to be written. */
  take(most: number): UsageCount[] {
    const taken = [...this.#counts].slice(0, most);
    for (const [key] of taken) this.#counts.delete(key);
    return taken.map(([, count]) => count);
  }

  /** Puts counts back that could not be written. */
  putBack(counts: readonly UsageCount[]): void {
    for (const count of counts) this.#add(count);
  }

  #add(count: UsageCount): void {
    const key = [count.organizationId, count.day, count.apiKeyId, count.operationId].join(' ');
    const { requests = 0, errors = 0 } = this.#counts.get(key) ?? {};
    this.#counts.set(key, { ...count, requests: requests + count.requests, errors: errors + count.errors });
  }
}
