import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ask } from '../ask.ts';
import { libfaketimePath } from '../tools.ts';
import { withService } from '../service.ts';
import type { Trial } from '../trial.ts';

const HOUR = 3_600;
const DAY = 86_400;

/** So few that not one comes back while a jump is tried. */
const WRITES_A_MINUTE = 5;

const JUMPS = [
  ['+1 h', HOUR],
  ['-1 h', -HOUR],
  ['+400 days', 400 * DAY],
] as const;

export const trial: Trial = {
  row: 21,
  promise: 'The clock may jump',
  async run(full, tell) {
    const rounds = full ? 5 : 1;
    let asked = 0;
    const wrong: string[] = [];
    const waits: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, seconds] of JUMPS) {
        tell(`${name}, ${round + 1} of ${rounds}`);
        const result = await jump(name, seconds);
        asked += result.asked;
        wrong.push(...result.wrong);
        waits.push(...result.waits);
      }
    }
    return {
      did: `the clock set ${JUMPS.map(([name]) => name).join(', ')} and back while the server runs, ${rounds} times; ${asked} answers`,
      figure:
        wrong.length > 0
          ? `${wrong.length} wrong: ${[...new Set(wrong)].join('; ')}`
          : `Retry-After ${Math.min(...waits)} to ${Math.max(...waits)} s, expiry follows the wall clock, no limit is lifted or prolonged`,
      passed: wrong.length === 0 && waits.length > 0,
    };
  },
};

function jump(name: string, seconds: number) {
  return withService(async (service) => {
    const clock = join(service.folder, 'clock');
    const setClock = (offset: number) => {
      // In one step, so that the process never reads half of it.
      writeFileSync(`${clock}.new`, `${offset < 0 ? '' : '+'}${offset}`);
      renameSync(`${clock}.new`, clock);
    };
    setClock(0);
    const server = await service.start({
      env: {
        LD_PRELOAD: libfaketimePath(),
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
        RATE_LIMIT_WRITES: String(WRITES_A_MINUTE),
      },
    });
    const manager = service.firstKey;
    const wrong: string[] = [];
    const waits: number[] = [];
    let asked = 0;

    /** Asks, and holds what is true of each answer. */
    const check = async (what: string, offset: number, wanted: number, question: Parameters<typeof ask>[1]) => {
      const answer = await ask(server.url, question);
      asked += 1;
      if (answer.status !== wanted) wrong.push(`${name}: ${what} is ${answer.status}, not ${wanted}`);
      // Without this a clock that does not jump at all would pass.
      const at = Date.parse(answer.headers.date ?? '') - offset * 1000;
      if (!(Math.abs(at - Date.now()) < 10_000)) wrong.push(`${name}: the server's clock is ${answer.headers.date}`);
      for (const wait of waitsIn(answer)) {
        waits.push(wait);
        if (!(wait >= 0 && wait <= 60)) wrong.push(`${name}: to wait ${wait} s`);
      }
      return answer;
    };
    const create = (body: object) => ({ method: 'POST', path: '/v1/organization/api-keys', key: manager, body });
    const inHalfAnHour = new Date(Date.now() + (HOUR / 2) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    const scopes = ['trademarks:read'];

    // All within one minute of the limiter's.
    const { headers } = await ask(server.url, { path: '/v1/organization', key: manager });
    const left = Number(/;t=(\d+)/.exec(String(headers['ratelimit']))![1]);
    if (left < 15) await sleep(left * 1_000);

    const soon = await check('a create', 0, 201, create({ name: 'Soon', scopes, expires_at: inHalfAnHour }));
    const never = await check('a create', 0, 201, create({ name: 'Never', scopes, expires_at: null }));
    const [soonKey, neverKey] = [soon, never].map(({ text }) => (JSON.parse(text) as { key: string }).key);
    for (let i = 2; i < WRITES_A_MINUTE; i += 1) await check('a create', 0, 201, create({ name: `Key ${i}`, scopes }));
    await check('a create above the limit', 0, 429, create({ name: 'Too many', scopes }));

    for (const offset of [seconds, 0]) {
      setClock(offset);
      // Node keeps the text of `Date` for up to a second.
      await sleep(1_100);
      await check('a create above the limit', offset, 429, create({ name: 'Too many', scopes }));
      await check('a key with half an hour left', offset, offset > 0 ? 401 : 200, {
        path: '/v1/organization',
        key: soonKey!,
      });
      await check('a key without an end', offset, 200, { path: '/v1/organization', key: neverKey! });
      await check('readiness', offset, 200, { path: '/health/ready' });
    }
    return { asked, wrong, waits };
  });
}

/** Each time to wait that an answer names: of `Retry-After`, and the `t` of `RateLimit` (draft-ietf-httpapi-ratelimit-headers). */
function waitsIn({ headers }: Answer): number[] {
  const retryAfter = headers['retry-after'];
  const reset = /;\s*t=([-\d.]+)/.exec(String(headers['ratelimit'] ?? ''))?.[1];
  return [retryAfter, reset].filter((wait) => wait !== undefined).map(Number);
}
