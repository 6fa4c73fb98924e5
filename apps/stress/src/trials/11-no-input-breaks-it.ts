import type { Answer } from '../ask.ts';
import { type Callers, firstCallers, type Key } from '../callers.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { type Draft, generateRequest, violateOne, writeRequest } from '../contract/generate-request.ts';
import { garble, MALFORMED, sendBytes } from '../contract/malformed.ts';
import { chooseSeed, Random } from '../contract/random.ts';
import { findUndocumented } from '../contract/undocumented.ts';
import { withService } from '../service.ts';
import type { Trial } from '../trial.ts';

const API_KEYS = '/v1/organization/api-keys';

/** What share of an operation's valid requests must succeed, so that not only refusals are looked at. */
const SUCCEEDING = 0.3;

export const trial: Trial = {
  row: 11,
  promise: 'No input breaks it',
  run: (full, tell) =>
    withService(async (service) => {
      const server = await service.start();
      const seed = chooseSeed();
      const random = new Random(seed);
      const total = full ? 10_000 : 600;
      const inputs = new Inputs(await firstCallers(service, server), random);
      for (let i = 0; i < total * 0.05; i += 1) await inputs.liveOneKey();
      while (inputs.asked < total * 0.9) {
        tell(`${inputs.asked} of ${total}, seed ${seed}`);
        for (const operation of OPERATIONS) {
          const draft = generateRequest(operation, random, await inputs.subjects());
          await inputs.sendValid(draft);
          const wrong = violateOne(generateRequest(operation, random, await inputs.subjects()), random);
          if (wrong !== null) await inputs.sendViolating(wrong.draft, wrong.violated);
        }
      }
      for (const bytes of MALFORMED) await inputs.sendMalformed(server.url, bytes, true);
      while (inputs.asked < total) await inputs.sendMalformed(server.url, garble(random), false);

      const { asked, problems, unanswered } = inputs;
      const least = inputs.leastSucceeding();
      return {
        did: `${asked} requests with seed ${seed}: valid, one keyword violated, malformed bytes, lives of keys`,
        figure: [
          `${problems.length} answers other than the contract's, ${Math.floor(least * 100)}% 2xx where fewest, ${unanswered} malformed ones closed without an answer`,
          ...new Set(problems.slice(0, 20)),
        ].join('; '),
        passed: problems.length === 0 && least >= SUCCEEDING && server.isRunning,
      };
    }),
};

class Inputs {
  readonly problems: string[] = [];
  asked = 0;
  /** How many were closed without an answer, as those are whose body stops being HTTP while they are read. */
  unanswered = 0;
  readonly #callers: Callers;
  readonly #random: Random;
  #keys: Key[] = [];
  readonly #succeeded = new Map<string, { all: number; ok: number }>();

  constructor(callers: Callers, random: Random) {
    this.#callers = callers;
    this.#random = random;
  }

  /** Keys that exist, and now and then one that does not. */
  async subjects(): Promise<{ ids: string[]; tokens: string[] }> {
    while (this.#keys.length < 5) this.#keys.push(await this.#callers.createKey());
    return {
      ids: this.#keys.map(({ id }) => id),
      tokens: [...this.#keys.map(({ key }) => key), 'no token of ours'],
    };
  }

  async sendValid(draft: Draft): Promise<void> {
    const { operation } = draft;
    const answer = await this.#send(draft);
    if (answer.status === 400) this.problems.push(`${operation.id} refuses a valid request: ${answer.text}`);
    const counts = this.#succeeded.get(operation.id) ?? { all: 0, ok: 0 };
    counts.all += 1;
    if (answer.status < 300) counts.ok += 1;
    this.#succeeded.set(operation.id, counts);
    if (operation.id === 'revokeApiKey') this.#keys = this.#keys.filter(({ id }) => id !== draft.path['id']);
  }

  async sendViolating(draft: Draft, violated: string): Promise<void> {
    const { status } = await this.#send(draft);
    if (status < 400 || status > 499) this.problems.push(`${draft.operation.id} answers ${status}: ${violated}`);
  }

  async #send(draft: Draft): Promise<Answer> {
    const { operation } = draft;
    const answer = await this.#callers.send(writeRequest(draft), this.#callers.authorizationFor(operation));
    this.asked += 1;
    this.problems.push(...findUndocumented(operation, answer));
    if (answer.status > 499) this.problems.push(`${operation.id} answers ${answer.status}`);
    return answer;
  }

  /** @param isRefused whether no reading of the bytes is a request */
  async sendMalformed(url: string, bytes: string, isRefused: boolean): Promise<void> {
    const answer = await sendBytes(url, bytes);
    this.asked += 1;
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
    if (status === 0) this.unanswered += 1;
    const shown = JSON.stringify(bytes.slice(0, 150));
    if (status > 499 || (isRefused && status !== 0 && (status < 400 || !answer.includes('"error"')))) {
      this.problems.push(`${shown} is answered ${status}`);
    }
    if (status < 400 && !isRefused && status !== 0) this.problems.push(`${shown} is answered ${status}`);
  }

  /** A key from its creation to its end, with everything asked of it once. */
  async liveOneKey(): Promise<void> {
    const once = { 'Idempotency-Key': String(this.#random.next()) };
    const body = { name: `Life ${this.asked}`, scopes: ['trademarks:read'] };
    const created = await this.#step('createApiKey', 201, { path: API_KEYS, body, headers: once });
    const replayed = await this.#step('createApiKey', 201, { path: API_KEYS, body, headers: once });
    this.#must(created.text === replayed.text, 'createApiKey does not give the same answer again');
    const { id, key } = JSON.parse(created.text) as Key;
    const path = `${API_KEYS}/${id}`;
    const listed = await this.#step('listApiKeys', 200, { path: `${API_KEYS}?limit=100&name=Life` });
    this.#must(listed.text.includes(id), 'listApiKeys leaves out a new key');
    await this.#step('updateApiKey', 200, { path, body: { metadata: { step: 'updated' } } });
    const rotation = { path: `${path}/rotate`, body: { grace_period_seconds: 60 } };
    const rotated = JSON.parse((await this.#step('rotateApiKey', 200, rotation)).text) as Key;
    for (const secret of [key, rotated.key]) {
      this.#must(await this.#isActive(secret), 'introspectToken: a secret is inactive within its grace period');
    }
    await this.#step('revokeApiKey', 200, { path });
    for (const secret of [key, rotated.key]) {
      this.#must(!(await this.#isActive(secret)), 'introspectToken: a revoked secret is active');
    }
    await this.#step('updateApiKey', 409, { path, body: { metadata: {} } });
    await this.#step('createApiKey', 409, { path: API_KEYS, body, headers: once });
  }

  async #isActive(token: string): Promise<boolean> {
    const { text } = await this.#step('introspectToken', 200, {
      path: '/v1/oauth/introspect',
      body: new URLSearchParams({ token }).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    return (JSON.parse(text) as { active: boolean }).active;
  }

  async #step(
    id: string,
    wanted: number,
    question: { path: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer> {
    const operation = OPERATIONS.find((one) => one.id === id)!;
    const { method } = operation;
    const answer = await this.#callers.send({ method, ...question }, this.#callers.authorizationFor(operation));
    this.asked += 1;
    this.problems.push(...findUndocumented(operation, answer));
    this.#must(answer.status === wanted, `${id} answers ${answer.status} instead of ${wanted}`);
    return answer;
  }

  #must(holds: boolean, problem: string): void {
    if (!holds) this.problems.push(problem);
  }

  leastSucceeding(): number {
    return Math.min(...[...this.#succeeded.values()].map(({ all, ok }) => ok / all));
  }
}
