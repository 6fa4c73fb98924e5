import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { clientOf, it, type Server, type Workbench } from './workbench.ts';

interface WatchedServer extends Server {
  readonly metricsUrl: string;
}

async function startWatched(bench: Workbench): Promise<WatchedServer> {
  const server = await bench.start({ env: { METRICS_PORT: '0' } });
  const [, metricsUrl] = await server.says(/"url":"([^"]+)".*"Metrics are served\."/);
  return Object.assign(server, { metricsUrl: metricsUrl! });
}

const scrape = async (url: string) => (await fetch(url)).text();

describe.concurrent('metrics', () => {
  it('are served on a port of their own, and not by the API', async ({ bench }) => {
    const server = await startWatched(bench);
    await clientOf(server, bench.firstKey).GET('/v1/organization');
    const response = await fetch(server.metricsUrl);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toContain('http_server_requests_total{operation="getOrganization",method="GET",status="200"} 1\n');
    expect(text).toMatch(/^signa_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
    expect(text).toMatch(/^signa_ready 1$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^process_resident_memory_bytes /m);
    expect(text).not.toContain(bench.firstKey.slice(0, 10));
    expect(text).not.toContain(bench.dataDir);

    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  });

  it('can be read, and nothing else can be asked on that port', async ({ bench }) => {
    const { metricsUrl } = await startWatched(bench);
    const refused = await fetch(metricsUrl, { method: 'POST', body: 'x' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await fetch(new URL('/v1/organization', metricsUrl))).status).toBe(404);
    const socket = connect(Number(new URL(metricsUrl).port), '127.0.0.1');
    socket.write('garbage\r\n\r\n');
    expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('are not served when no port is named', async ({ bench }) => {
    const server = await bench.start();
    expect(server.stdout).not.toContain('Metrics');
  });

  it('say on a busy port which variable to change, before anything was made', async ({ bench }) => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const { code, stderr } = await bench.run({ env: { METRICS_PORT: String(port) } });
    busy.close();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop the program that uses it, or set METRICS_PORT to another.\n`,
    );
    expect(() => bench.firstKey).toThrow('ENOENT');
  });

  it('are there until the end, which they do not hold up', async ({ bench }) => {
    const server = await startWatched(bench);
    const { port } = new URL(server.url);
    // A request that does not end keeps the server busy.
    const slow = connect(Number(port), '127.0.0.1').on('error', () => {});
    slow.write('GET /v1/organization HTTP/1.1\r\nHost: x\r\n');
    // One that scrapes slowly does not.
    const idle = connect(Number(new URL(server.metricsUrl).port), '127.0.0.1').on('error', () => {});
    idle.write('GET /metrics HTTP/1.1\r\n');
    await sleep(100);
    server.kill('SIGTERM');
    await server.says('Stopping');
    expect(await scrape(server.metricsUrl)).toMatch(/^signa_ready 0$/m);
    slow.destroy();
    expect(await server.exited).toBe(0);
  });
});

describe('docs/monitoring.md', () => {
  const page = readFileSync(new URL('../../../docs/monitoring.md', import.meta.url), 'utf8');
  const [, yaml] = /```yaml\n(groups:[^]*?)```/.exec(page)!;
  const rules = (
    parse(yaml!) as { groups: { rules: { alert: string; expr: string; for?: string; annotations: object }[] }[] }
  ).groups.flatMap((group) => group.rules);

  it('names no metric that does not exist, and leaves none of ours out', async ({ bench }) => {
    const text = await scrape((await startWatched(bench)).metricsUrl);
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));
    const exists = (name: string) =>
      types.has(name) || types.get(name.replace(/_(bucket|count|sum)$/, '')) === 'histogram';
    const named = new Set(page.match(/\b(?:http_server|signa|process|nodejs)_[a-z0-9_]+\b/g));
    expect(named.size).toBeGreaterThan(20);
    expect([...named].filter((name) => !exists(name))).toEqual([]);
    expect([...types.keys()].filter((name) => /^(http_server|signa)_/.test(name) && !named.has(name))).toEqual([]);
  });

  test('has alert rules of the form that Prometheus reads', () => {
    expect(rules.length).toBeGreaterThan(8);
    for (const { alert, expr, annotations } of rules) {
      expect(alert).toMatch(/^Signa[A-Z]\w+$/);
      expect(expr).toMatch(/\b(http_server|signa|process|nodejs)_\w+|\bup\{/);
      for (const [open, close] of ['()', '{}', '[]']) {
        expect(expr.split(open!).length, alert).toBe(expr.split(close!).length);
      }
      expect(Object.keys(annotations)).toEqual(['summary']);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});
