import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { clientOf, it, type Server } from './workbench.ts';

/** A request to create a key, with a connection that its agent keeps alive. Its body is for the test to send. */
function creating(server: Server, key: string, body: string, agent: Agent) {
  const sending = request(`${server.url}/v1/organization/api-keys`, {
    method: 'POST',
    agent,
    headers: {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    },
  });
  const answer = once(sending, 'response').then(async ([response]: IncomingMessage[]) => {
    const text = await response!.setEncoding('utf8').reduce((all, chunk) => all + chunk, '');
    return { status: response!.statusCode, headers: response!.headers, body: JSON.parse(text) as { key: string } };
  });
  return { sending, answer };
}

/** A request whose body is half sent: accepted, and under way for as long as the test wants. */
async function startCreating(server: Server, key: string, name: string) {
  const body = JSON.stringify({ name, scopes: ['billing:read'] });
  const { sending, answer } = creating(server, key, body, new Agent({ keepAlive: true }));
  // Some tests are about it failing, and look later.
  answer.catch(() => {});
  sending.write(body.slice(0, 10));
  await once(sending, 'socket');
  // Long enough for the server to have read the headers.
  await sleep(100);
  return {
    answer,
    finish() {
      sending.end(body.slice(10));
      return answer;
    },
  };
}

describe.concurrent.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('finishes what was accepted, accepts nothing more, and ends with 0', async ({ bench }) => {
    const server = await bench.start();
    const { finish } = await startCreating(server, bench.firstKey, 'Under way');
    server.kill(signal);
    await server.says('Stopping');
    await sleep(400);

    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow('fetch failed');
    const { status, headers, body } = await finish();
    expect([status, headers.connection]).toEqual([201, 'close']);
    expect(body).toMatchObject({ name: 'Under way' });
    expect(await server.exited).toBe(0);
    expect(server.log.at(-1)).toMatchObject({ level: 'info', msg: 'Stopped.' });
  });
});

describe.concurrent('stopping', () => {
  it('is told by readiness first, while requests are still answered', async ({ bench }) => {
    const server = await bench.start();
    const key = bench.firstKey;
    const seen: string[] = [];
    const refused = () => 'refused';
    const asking = (async () => {
      for (;;) {
        const ready = await fetch(`${server.url}/health/ready`).then(({ status }) => status, refused);
        if (ready === 'refused') return;
        const call = await clientOf(server, key)
          .GET('/v1/organization')
          .then(({ response }) => response.status, refused);
        seen.push(`${ready} ${call}`);
      }
    })();
    await sleep(100);
    server.kill('SIGTERM');
    await asking;
    expect(seen).toContain('200 200');
    expect(seen).toContain('503 200');
    expect(seen.indexOf('503 200')).toBeGreaterThan(seen.lastIndexOf('200 200'));
    expect(await server.exited).toBe(0);
  });

  it('does not wait for connections on which nothing happens', async ({ bench }) => {
    const server = await bench.start();
    const { port } = new URL(server.url);
    const silent = connect(Number(port), '127.0.0.1');
    const keptAlive = connect(Number(port), '127.0.0.1');
    keptAlive.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(keptAlive, 'data');
    const start = performance.now();
    server.kill('SIGTERM');
    await Promise.all([once(silent, 'close'), once(keptAlive.resume(), 'close')]);
    expect(await server.exited).toBe(0);
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  it('waits no longer than 10 s for a request that does not end, and still ends with 0', async ({ bench }) => {
    const server = await bench.start();
    const { answer } = await startCreating(server, bench.firstKey, 'Never ends');
    const start = performance.now();
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(server.log).toContainEqual(expect.objectContaining({ level: 'warn', connections: 1 }));
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('ends at once when told a second time, but takes the two signals of one Ctrl-C under npm for one', async ({
    bench,
  }) => {
    const server = await bench.start();
    const { answer } = await startCreating(server, bench.firstKey, 'Impatient');
    server.kill('SIGINT');
    server.kill('SIGINT');
    await sleep(2_000);
    expect(await Promise.race([server.exited, sleep(0, 'running')])).toBe('running');
    server.kill('SIGINT');
    expect(await server.exited).toBe(130);
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('writes down when keys were last used', async ({ bench }) => {
    const server = await bench.start();
    const client = clientOf(server, bench.firstKey);
    const { data: me } = await client.GET('/v1/organization');
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    // By the next server, through another key: reading with this one would be a use of it.
    const again = await bench.start();
    const { data: other } = await client.POST('/v1/organization/api-keys', {
      baseUrl: again.url,
      headers: { Authorization: `Bearer ${bench.firstKey}` },
      body: { name: 'Other', scopes: ['api-keys:manage'] },
    });
    const { data } = await clientOf(again, other!.key).GET('/v1/organization/api-keys/{id}', {
      params: { path: { id: me!.api_key.id } },
    });
    expect(data!.last_used_at).not.toBeNull();
  });

  it.for([
    ['that keep their connections', () => new Agent({ keepAlive: true, maxSockets: 1 })],
    ['that come with a new connection each time', () => new Agent({ keepAlive: false })],
  ] as const)(
    'loses nothing under load of clients %s: none breaks, and no key is lost',
    async ([, agent], { bench }) => {
      const server = await bench.start();
      const key = bench.firstKey;
      const created: string[] = [];
      const broken: unknown[] = [];
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        const own = agent();
        for (let i = 0; ; i++) {
          const body = JSON.stringify({ name: `Key ${writer}.${i}`, scopes: ['billing:read'] });
          const { sending, answer } = creating(server, key, body, own);
          sending.end(body);
          const result = await answer.catch((error: NodeJS.ErrnoException) => error);
          if (!(result instanceof Error)) {
            // Where others keep the machine busy, a write may also wait too long for its turn.
            if (result.status === 201) created.push(result.body.key);
          } else {
            if (result.code !== 'ECONNREFUSED') broken.push(result);
            return;
          }
        }
      });
      await sleep(300);
      server.kill('SIGTERM');
      await Promise.all(writers);
      expect(await server.exited).toBe(0);
      expect(broken).toEqual([]);
      expect(created.length).toBeGreaterThan(8);

      const again = await bench.start();
      for (const secret of created) {
        expect((await clientOf(again, secret).GET('/v1/organization')).response.status).toBe(200);
      }
    },
  );
});

describe.concurrent('kill -9', () => {
  it('loses no key that was acknowledged', async ({ bench }) => {
    const server = await bench.start();
    const client = clientOf(server, bench.firstKey);
    const { data } = await client.POST('/v1/organization/api-keys', {
      body: { name: 'Kept', scopes: ['billing:read'] },
    });
    server.kill('SIGKILL');
    expect(await server.exited).toBe('SIGKILL');
    const again = await bench.start();
    const { data: me } = await clientOf(again, data!.key).GET('/v1/organization');
    expect(me!.api_key).toMatchObject({ id: data!.id, name: 'Kept' });
  });
});
