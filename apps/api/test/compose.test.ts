import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readConfiguration } from '../src/configuration.ts';
import { UPSTREAMS } from './nginx.ts';

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly security_opt?: readonly string[];
  readonly env_file?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: object;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly networks: Readonly<Record<string, { readonly ipv4_address?: string }>>;
}

const folder = fileURLToPath(new URL('../deploy/', import.meta.url));
const compose = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const instances = services.filter(([name]) => /^api-\d+$/.test(name)).map(([, service]) => service);

/** The variables that the service reads. */
const variables = new Set<string>();
readConfiguration(new Proxy({}, { get: (_none, name) => void variables.add(String(name)) }));

describe.each(services)('%s', (_name, service) => {
  test('can write to nothing but its volumes, and gains no right', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.cap_add).toBeUndefined();
    expect(service.privileged).toBeUndefined();
    expect(service.healthcheck).toBeDefined();
  });

  test('runs an image of an exact version as a user that is not root', () => {
    // Ours is built here, and names its own user.
    if (service.image === 'signa-api') return;
    expect(service.image).toMatch(/:\d+\.\d+/);
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  test('is told only what exists, and no secret', () => {
    for (const variable of Object.keys(service.environment ?? {})) {
      if (service.image === 'signa-api') expect(variables).toContain(variable);
      expect(variable).not.toMatch(/PASSWORD|SECRET|URL/);
    }
    for (const volume of service.volumes ?? []) {
      const [source] = volume.split(':');
      if (source!.startsWith('.')) expect(existsSync(join(folder, source!)), source).toBe(true);
      else expect(compose.volumes).toHaveProperty(source!);
    }
    for (const needed of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty(needed);
    for (const network of Object.keys(service.networks)) expect(compose.networks).toHaveProperty(network);
    if (service.build) expect(existsSync(join(folder, service.build.context, service.build.dockerfile))).toBe(true);
  });
});

test('only nginx can be reached from outside, and only from this machine, until it speaks TLS', () => {
  expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['nginx']);
  expect(compose.services['nginx']!.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
  const open = Object.entries(compose.networks).filter(([, network]) => network?.internal !== true);
  expect(open.map(([name]) => name)).toEqual(['front']);
  expect(services.filter(([, { networks }]) => 'front' in networks).map(([name]) => name)).toEqual(['nginx']);
});

test('nginx asks the instances where they are', () => {
  expect(instances.map(({ networks }) => `${networks['api']!.ipv4_address}:3000`)).toEqual(UPSTREAMS);
  expect(instances).toHaveLength(2);
});

test('the instances start when the schema is right, and by the role that does not own it', () => {
  const migrate = compose.services['migrate']!;
  const role = migrate.command!.at(-1)!;
  expect(readFileSync(join(folder, 'roles.sql'), 'utf8')).toContain(`CREATE ROLE ${role} LOGIN;`);
  for (const instance of instances) {
    expect(instance.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
    expect(instance.env_file).toEqual(['secrets/service.env']);
  }
  expect(services.filter(([, { env_file }]) => env_file?.includes('secrets/owner.env')).map(([name]) => name)).toEqual([
    'migrate',
  ]);
});

test('the secrets are made by one command, each time others, for their owner alone, and never committed', () => {
  const make = () => {
    const place = mkdtempSync(join(tmpdir(), 'signa-secrets-'));
    onTestFinished(() => rmSync(place, { recursive: true }));
    copyFileSync(join(folder, 'make-secrets.sh'), join(place, 'make-secrets.sh'));
    execFileSync(join(place, 'make-secrets.sh'));
    const secrets = join(place, 'secrets');
    expect(statSync(secrets).mode & 0o077).toBe(0);
    const files = readdirSync(secrets).toSorted();
    for (const file of files) expect(statSync(join(secrets, file)).mode & 0o077).toBe(0);
    expect(() => execFileSync(join(place, 'make-secrets.sh'), { stdio: 'ignore' })).toThrow();
    return Object.fromEntries(files.map((file) => [`secrets/${file}`, readFileSync(join(secrets, file), 'utf8')]));
  };
  const made = make();
  expect(Object.keys(made)).toEqual([...new Set(services.flatMap(([, service]) => service.env_file ?? []))].toSorted());
  const passwords = (files: Record<string, string>) =>
    new Set(
      Object.values(files)
        .join('')
        .match(/[0-9a-f]{64}/g),
    );
  expect(passwords(made).size).toBe(3);
  expect(
    passwords({ ...made, ...Object.fromEntries(Object.entries(make()).map(([file, text]) => [`other ${file}`, text])) })
      .size,
  ).toBe(6);

  const { password, username, hostname, pathname } = new URL(/=(.*)/.exec(made['secrets/service.env']!)![1]!);
  expect(made['secrets/database.env']).toContain(`SIGNA_SERVICE_PASSWORD=${password}\n`);
  expect([username, hostname, pathname]).toEqual(['signa_service', 'database', '/signa']);
  expect(String(execFileSync('git', ['check-ignore', 'secrets/service.env'], { cwd: folder })).trim()).toBe(
    'secrets/service.env',
  );
});
