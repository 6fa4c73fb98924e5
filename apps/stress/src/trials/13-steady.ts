import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServer } from '@signa/scripts/api-process.ts';
import { Agent } from 'node:http';
import { ask } from '../ask.ts';
import { withService } from '../service.ts';
import { countDescriptors } from '../sockets.ts';
import type { Trial } from '../trial.ts';

const CLIENTS = 16;
const SHARE_OF_CAPACITY = 0.7;
const MB = 1024 * 1024;

/** Run before the server's own code: on SIGUSR2 it collects garbage and says what is left, in bytes. */
const HEAP_PROBE = `data:text/javascript,${encodeURIComponent(
  `process.on('SIGUSR2', () => { gc(); gc(); process.stderr.write('heap=' + process.memoryUsage().heapUsed + '\\n'); });`,
)}`;

interface Sample {
  readonly seconds: number;
  readonly heap: number;
  readonly descriptors: number;
}

export const trial: Trial = {
  row: 13,
  promise: 'It does not grow',
  run: (full, tell) =>
    withService(async (service) => {
      // What a new process still learns and allocates for good is over after the warm-up.
      const [warmUp, seconds, every] = full ? [120, 600, 15] : [30, 30, 3];
      const server = await service.start({ node: ['--expose-gc', '--import', HEAP_PROBE] });
      const load = new Load(server, service.firstKey);
      tell('measuring the capacity');
      const capacity = await load.capacity(full ? 20 : 5);
      load.run(capacity * SHARE_OF_CAPACITY);
      await sleep(warmUp * 1_000);

      const samples: Sample[] = [];
      let wal = 0;
      const start = performance.now();
      for (let next = 0, now = 0; now <= seconds; now = (performance.now() - start) / 1000) {
        if (existsSync(`${service.database}-wal`)) wal = Math.max(wal, statSync(`${service.database}-wal`).size);
        if (now >= next) {
          tell(`${Math.round(now)} of ${seconds} s at 70% of ${Math.round(capacity)} requests a second`);
          samples.push({ seconds: now, heap: await heapOf(server), descriptors: countDescriptors(server.pid) });
          next += every;
        }
        await sleep(200);
      }
      const served = await load.stop();
      // Of few seconds a slope foretells nothing of ten minutes: then what it grew by counts.
      const growth = slope(samples) * seconds;
      const counts = samples.map(({ descriptors }) => descriptors);
      const middle = counts.toSorted((a, b) => a - b)[Math.floor(counts.length / 2)]!;
      const stray = Math.max(...counts.map((count) => Math.abs(count - middle)));
      return {
        did: `${seconds} s at 70% of ${Math.round(capacity)} requests a second, ${served.answered} answered`,
        figure:
          `heap ${growth < 0 ? '' : '+'}${(growth / MB).toFixed(2)} MB in ${seconds} s (slope after GC, ${samples.length} samples), ` +
          `descriptors ${middle} ± ${stray}, WAL at most ${(wal / MB).toFixed(1)} MB, ${served.failed} failed`,
        passed: growth < MB && stray <= 5 && wal < 16 * MB && wal > 0 && served.failed === 0,
      };
    }),
};

/** Clients that read, list, create and revoke. */
class Load {
  readonly #server: ApiServer;
  readonly #key: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  #nth = 0;
  #answered = 0;
  #failed = 0;
  #running = false;
  #done: Promise<unknown> = Promise.resolve();

  constructor(server: ApiServer, key: string) {
    this.#server = server;
    this.#key = key;
  }

  /** How many requests a second are answered when each client asks again at once. */
  async capacity(seconds: number): Promise<number> {
    const until = performance.now() + seconds * 1_000;
    const before = this.#answered;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (performance.now() < until) await this.#turn();
    });
    await Promise.all(clients);
    return (this.#answered - before) / seconds;
  }

  /** Starts to send so many requests a second. */
  run(rate: number): void {
    this.#running = true;
    this.#answered = 0;
    const start = performance.now();
    let sent = 0;
    const client = async () => {
      while (this.#running) {
        // One schedule for all: whoever is free takes the next.
        const due = start + (sent / rate) * 1_000;
        const now = performance.now();
        if (due > now) {
          await sleep(due - now);
          continue;
        }
        sent += 1;
        const took = await this.#turn();
        sent += took - 1;
      }
    };
    this.#done = Promise.all(Array.from({ length: CLIENTS }, client));
  }

  async stop(): Promise<{ answered: number; failed: number }> {
    this.#running = false;
    await this.#done;
    this.#agent.destroy();
    return { answered: this.#answered, failed: this.#failed };
  }

  /** One turn of one client; returns how many requests it took. */
  async #turn(): Promise<number> {
    const nth = (this.#nth += 1);
    const keys = '/v1/organization/api-keys';
    if (nth % 10 === 0) {
      const created = await this.#ask('POST', keys, 201, { name: `Key ${nth}`, scopes: ['trademarks:read'] });
      if (created === null) return 1;
      await this.#ask('DELETE', `${keys}/${(JSON.parse(created) as { id: string }).id}`, 200);
      return 2;
    }
    await this.#ask('GET', nth % 5 === 1 ? `${keys}?limit=20` : '/v1/organization', 200);
    return 1;
  }

  async #ask(method: string, path: string, wanted: number, body?: object): Promise<string | null> {
    const answer = await ask(this.#server.url, { method, path, key: this.#key, body, agent: this.#agent }).catch(
      () => null,
    );
    this.#answered += 1;
    if (answer?.status === wanted) return answer.text;
    this.#failed += 1;
    return null;
  }
}

async function heapOf(server: ApiServer): Promise<number> {
  const told = () => [...server.stderr.matchAll(/^heap=(\d+)$/gm)];
  const before = told().length;
  server.kill('SIGUSR2');
  while (told().length === before) {
    if (!server.isRunning) throw new Error(`The server ended: ${server.stderr}`);
    await sleep(10);
  }
  return Number(told().at(-1)![1]);
}

/** Of the line that fits best (least squares), in bytes a second. */
function slope(samples: readonly Sample[]): number {
  const t = mean(samples.map(({ seconds }) => seconds));
  const h = mean(samples.map(({ heap }) => heap));
  const covariance = mean(samples.map(({ seconds, heap }) => (seconds - t) * (heap - h)));
  return covariance / mean(samples.map(({ seconds }) => (seconds - t) ** 2));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
