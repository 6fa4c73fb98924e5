import { createClient, unwrap } from '@signa/client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { expectDocumentedAnswer } from './documented-answer.ts';
import { KeyLoad } from './key-load.ts';
import { nginxFound, whySkipped } from './nginx.ts';
import { TwoInstances } from './two-instances.ts';
import { Workbench } from './workbench.ts';

interface NewOrganization {
  readonly id: string;
  readonly key: string;
}

describe.skipIf(!nginxFound)(`two instances on one PostgreSQL behind nginx${whySkipped}`, { timeout: 120_000 }, () => {
  const bench = new Workbench();
  let two: TwoInstances;
  let apiKey: string;

  beforeAll(async () => {
    two = await TwoInstances.start({
      start: (env) => bench.start({ env }),
      run: (args, env) => bench.run({ args, env }),
    });
    apiKey = (await newOrganization()).key;
  });
  afterAll(async () => {
    await two?.close();
    await bench.close();
  });

  const newOrganization = () => two.admin<NewOrganization>('orgs', 'create', '--name', 'Acme');
  const at = (url: string, key = apiKey) => createClient({ baseUrl: url, apiKey: key, retries: 0 });
  const create = (url: string, name: string) =>
    unwrap(at(url).POST('/v1/organization/api-keys', { body: { name, scopes: ['trademarks:read'] } }));
  const statusAt = async (url: string, key: string) => (await at(url, key).GET('/v1/organization')).response.status;

  test('lose no acknowledged key and answer as documented while instances and the database crash under load', async () => {
    let unavailable = 0;
    const load = new KeyLoad({
      url: two.url,
      apiKey,
      workers: 8,
      onAnswer: async (request, response) => {
        if (response.status === 503) unavailable++;
        await expectDocumentedAnswer(request, response);
      },
    });
    onTestFinished(() => load.stop());
    await load.progress(40);
    await two.crash(0);
    await load.progress(20);
    await two.postgres.kill();
    await two.postgres.start();
    await load.progress(20);
    await two.crash(1);
    await load.progress(20);
    await load.stop();

    await two.ready();
    const asked = await load.verify(two.urls);
    expect(load.violations).toEqual([]);
    // It was noticed, and there was something to lose.
    expect(unavailable).toBeGreaterThan(0);
    expect(asked.valid).toBeGreaterThan(30);
    expect(asked.dead).toBeGreaterThan(30);
  });

  test('refuse at once a key that was revoked through the other', async () => {
    for (let n = 0; n < 20; n++) {
      const [one, other] = n % 2 === 0 ? two.urls : two.urls.toReversed();
      const key = await create(one!, `Revoked ${n}`);
      expect(await statusAt(other!, key.key)).toBe(200);
      await unwrap(at(one!).DELETE('/v1/organization/api-keys/{id}', { params: { path: { id: key.id } } }));
      expect(await statusAt(other!, key.key)).toBe(401);
    }
  });

  test('make one key of one Idempotency-Key that is sent to both at once', async () => {
    for (let n = 0; n < 20; n++) {
      const name = `Once ${n}`;
      const answers = await Promise.all(
        two.urls.map((url) =>
          at(url).POST('/v1/organization/api-keys', {
            params: { header: { 'Idempotency-Key': `two-instances-${n}` } },
            body: { name, scopes: ['trademarks:read'] },
          }),
        ),
      );
      const [one, other] = answers.map(({ data }) => data);
      expect(one).toBeDefined();
      expect(other).toEqual(one);
      const replays = answers.map(({ response }) => response.headers.get('idempotent-replayed'));
      expect(replays.filter((replayed) => replayed === 'true')).toHaveLength(1);
    }
  });

  test('admit together exactly as many requests as the limit allows', async () => {
    const minute = () => Math.floor(Date.now() / 60_000);
    const burst = async (): Promise<Record<number, number>> => {
      const began = minute();
      const organization = await newOrganization();
      await two.admin('limits', 'set', '--org', organization.id, '--reads', '100');
      const answered = async (url: string): Promise<number> => {
        const status = await statusAt(url, organization.key);
        // It waited too long for a connection. Nothing was carried out.
        return status === 503 ? answered(url) : status;
      };
      const statuses = await Promise.all(Array.from({ length: 500 }, (_none, n) => answered(two.urls[n % 2]!)));
      // Windows are minutes of the clock: a burst that spans two of them says nothing.
      if (minute() !== began) return burst();
      return Object.fromEntries([200, 429].map((status) => [status, statuses.filter((is) => is === status).length]));
    };
    expect(await burst()).toEqual({ 200: 100, 429: 400 });
  });
});
