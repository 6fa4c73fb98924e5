import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiServer } from '@signa/scripts/api-process.ts';
import { SecretScan } from '@signa/scripts/secret-scan.ts';
import { MISPLACED, Traffic, whileItFails } from '@signa/scripts/secret-traffic.ts';
import Database from 'better-sqlite3';
import { createResourceServer } from '../callers.ts';
import { type Service, withService } from '../service.ts';
import type { Trial } from '../trial.ts';

/** What has to be among the places, or something was not looked at. */
const EXPECTED = ['signa.db', 'signa.db-wal', 'backup.db', 'standard output', 'standard error', 'metrics', '/docs'];
const STATUSES = [200, 201, 400, 401, 404, 409, 422, 500, 503];

export const trial: Trial = {
  row: 17,
  promise: 'No secret leaks',
  run: (full, tell) =>
    withService(async (service) => {
      const keys = full ? 1_000 : 40;
      const traffic = new Traffic();
      const server = await service.start({ env: { LOG_LEVEL: 'trace', METRICS_PORT: '0' } });
      traffic.url = server.url;
      const manager = service.firstKey;
      rmSync(join(service.dataDir, 'first-key')); // It is there to be read once.
      const door = await createResourceServer(service);
      traffic.secrets.add(manager).add(door.secret);
      const lives = (count: number, atOnce?: number) => traffic.ofKeys(manager, door, count, atOnce);

      tell(`${keys} keys`);
      await lives(keys);
      tell('while the database fails');
      const database = new Database(service.database);
      await whileItFails(
        (sql) => database.exec(sql),
        () => lives(MISPLACED.length, MISPLACED.length),
      );
      database.close();
      const backup = service.spawn({ args: ['admin', 'backup', '--out', join(service.dataDir, 'backup.db')] });
      await Promise.all([backup.exited, lives(MISPLACED.length)]);
      const published = await publishedBy(server);
      const cutOff = lives(keys).catch(() => {});
      server.kill('SIGKILL');
      await Promise.all([server.exited, cutOff]);

      tell('looks for traces');
      const left = leftBehind(service, server, traffic);
      const places = new Map([...left, ...published]);
      const scan = new SecretScan(traffic.secrets);
      const planted = plant([...traffic.secrets].filter((secret) => secret.startsWith('sig_')));
      const found = new Set<string>();
      const foundIn = new Set<string>();
      let bytes = 0;
      let overlooked = 0;
      for (const [place, content] of places) {
        const there = scan.find(content);
        for (const secret of there) found.add(secret);
        if (there.length > 0) foundIn.add(place);
        bytes += content.length;
        const middle = content.length >>> 1;
        const withPlanted = [content.subarray(0, middle), ...planted.values(), content.subarray(middle)];
        const seen = new Set(scan.find(Buffer.concat(withPlanted)));
        overlooked += [...planted.keys()].filter((secret) => !seen.has(secret)).length;
      }

      // Nor may there be one that was made and never handed over, because its request failed. (The pages have examples.)
      for (const [place, content] of left) {
        const shaped = content.toString('latin1').match(/sig(rs)?_[0-9a-f]{16,}/gi) ?? [];
        for (const secret of shaped) found.add(secret);
        if (shaped.length > 0) foundIn.add(place);
      }

      const missing = [
        ...EXPECTED.filter((place) => !places.has(place)),
        ...STATUSES.filter((status) => !traffic.statuses.has(status)),
      ];
      const wanting = missing.length > 0 ? `; never came: ${missing.join(', ')}` : '';
      // The places and never the secrets, which a trial that fails must not print either.
      const where = foundIn.size > 0 ? ` (in ${[...foundIn].join(', ')})` : '';
      return {
        did:
          `${keys} keys and as many wrong ones, ${traffic.secrets.size} secrets in all, through ` +
          `${[...traffic.statuses].toSorted().join(', ')} and kill -9; ` +
          `${places.size} places, ${(bytes / 1e6).toFixed(0)} MB`,
        figure: `${found.size} found${where}, ${planted.size * places.size - overlooked} of ${planted.size * places.size} planted found${wanting}`,
        passed: found.size === 0 && overlooked === 0 && missing.length === 0,
      };
    }),
};

/** What the running service shows to anybody, and its metrics. */
async function publishedBy(server: ApiServer): Promise<Map<string, Buffer>> {
  const [, metrics] = await server.says(/"url":"([^"]+)".*"Metrics are served\."/);
  const pages = {
    metrics: metrics!,
    '/docs': `${server.url}/docs`,
    '/v1/openapi.json': `${server.url}/v1/openapi.json`,
  };
  const published = new Map<string, Buffer>();
  for (const [name, url] of Object.entries(pages)) {
    const response = await fetch(url);
    if (response.ok) published.set(name, Buffer.from(await response.arrayBuffer()));
  }
  return published;
}

/** All that is left when the process is dead. */
function leftBehind(service: Service, server: ApiServer, traffic: Traffic): Map<string, Buffer> {
  const files = readdirSync(service.dataDir, { recursive: true, encoding: 'utf8' });
  const left = new Map<string, Buffer>();
  for (const name of files) {
    const path = join(service.dataDir, name);
    if (statSync(path).isFile()) left.set(name, readFileSync(path));
  }
  return left
    .set('answers', Buffer.from(traffic.answers.join('\n')))
    .set('standard output', Buffer.from(server.stdout))
    .set('standard error', Buffer.from(server.stderr));
}

/** Another secret for each form of which a trace must be found, so that each is found by its own: every window of 16 as well. */
function plant(secrets: readonly string[]): Map<string, Buffer> {
  const forms: ((secret: string) => string | Buffer)[] = [
    (secret) => secret,
    (secret) => secret.toUpperCase(),
    (secret) => Buffer.from(secret).toString('base64'),
    (secret) => secret.replaceAll(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`),
    (secret) => Buffer.from(secret.replace(/^sig_/, ''), 'hex'),
  ];
  for (let start = 0; start + 16 <= secrets[0]!.length; start += 1) {
    forms.push((secret) => secret.slice(start, start + 16));
  }
  if (secrets.length < forms.length) throw new Error('There are fewer secrets than forms of them.');
  return new Map(
    forms.map((form, index) => [
      secrets[index]!,
      Buffer.concat([Buffer.from(form(secrets[index]!)), Buffer.from('\n')]),
    ]),
  );
}
