import { Client } from 'pg';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Organization } from '../../keys/api-key.ts';
import { createKey, createOrganization, insertKey } from '../conformance/given.ts';
import { NOT_REVOKED, newKey, someDigest, someEvent } from '../conformance/samples.ts';
import { StoreBusyError, StoreUnavailableError, type Store } from '../store.ts';
import { migratePostgres } from './migrate.ts';
import { openPostgresStore } from './postgres-store.ts';
import { cutConnectionsAt } from './testing/cut-connections-at.ts';
import { usePostgres } from './testing/use-postgres.ts';

const postgres = usePostgres();
const opened: Store[] = [];
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())));

async function open(url: string, poolSize?: number): Promise<Store> {
  const store = await openPostgresStore({ url, ...(poolSize === undefined ? {} : { poolSize }) });
  opened.push(store);
  return store;
}

async function openNew(): Promise<{ url: string; store: Store; acme: Organization }> {
  const url = await postgres.createDatabase();
  await migratePostgres({ url });
  const store = await open(url);
  return { url, store, acme: await createOrganization(store, 'Acme') };
}

/** A connection beside the store's, until the test is over. */
async function connect(url: string): Promise<Client> {
  const client = new Client(url);
  // A server that is killed takes it along.
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

describe('while somebody else holds the lock of an organization', () => {
  it('its changes give up, having written nothing, and everything else goes on', async () => {
    const { url, store, acme } = await openNew();
    const other = await createOrganization(store, 'Other');
    const { digest } = await createKey(store, acme);
    const holder = await connect(url);
    await holder.query('BEGIN');
    await holder.query('SELECT FROM organizations WHERE id = $1 FOR UPDATE', [acme.id]);

    // More than there are connections.
    const changes = Array.from({ length: 30 }, () => insertKey(store, acme));
    const refused = Promise.all(changes.map((change) => expect(change).rejects.toThrow(StoreBusyError)));
    expect(await store.findCredential(digest)).not.toBeNull();
    expect(await insertKey(store, other)).toBe('inserted');
    await expect(store.checkHealth()).resolves.toBeUndefined();
    await refused;

    await holder.query('COMMIT');
    expect(await store.countApiKeys(acme.id, NOT_REVOKED)).toBe(1);
    expect(await insertKey(store, acme)).toBe('inserted');
  });
});

describe('a connection that is lost during COMMIT', () => {
  it.each([
    { reaches: true, written: 1 },
    { reaches: false, written: 0 },
  ])('is reported as such and the change is not repeated (the database got it: $reaches)', async (given) => {
    const { url, store, acme } = await openNew();
    const cut = await open(await cutConnectionsAt('COMMIT\0', url, given, 1));
    const key = newKey(acme);
    let runs = 0;

    const change = cut.change(acme.id, async (transaction) => {
      runs += 1;
      await transaction.insertApiKey(key, someDigest());
      await transaction.appendAudit(someEvent());
    });

    await expect(change).rejects.toThrow(StoreUnavailableError);
    expect(runs).toBe(1);
    await expect.poll(() => store.countApiKeys(acme.id, NOT_REVOKED)).toBe(given.written);
  });
});

describe('a database that', () => {
  it('crashes is ridden out: what was acknowledged is there, and the store works again by itself', async () => {
    const { store, acme } = await openNew();
    const { digest } = await createKey(store, acme);
    await postgres.server.kill();
    await expect(store.findCredential(digest)).rejects.toThrow(StoreUnavailableError);
    await expect(insertKey(store, acme)).rejects.toThrow(StoreUnavailableError);
    await expect(store.checkHealth()).rejects.toThrow(StoreUnavailableError);
    await postgres.server.start();
    await expect.poll(() => store.findCredential(digest).catch(() => null)).not.toBeNull();
    expect(await insertKey(store, acme)).toBe('inserted');
    await expect(store.checkHealth()).resolves.toBeUndefined();
  });

  it('only reads is not healthy, and changes are refused', async () => {
    const { url, acme } = await openNew();
    const name = new URL(url).pathname.slice(1);
    await postgres.server.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    // The setting is that of new connections.
    await expect(open(url)).rejects.toThrow();
    await postgres.server.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    const store = await open(url);
    await postgres.server.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await postgres.server.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
    );
    await expect.poll(() => store.checkHealth().catch((error: Error) => error.message)).toMatch('25006');
    await expect(insertKey(store, acme)).rejects.toThrow(StoreUnavailableError);
  });

  it('has no connection left refuses for now', async () => {
    const { url } = await openNew();
    const { role, url: asRole } = await postgres.createRole(url);
    await migratePostgres({ url, serviceRole: role });
    const store = await open(asRole, 2);
    await postgres.server.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await postgres.server.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}' AND pid <> pg_backend_pid()`,
    );
    await expect.poll(() => store.listOrganizations().catch((error: unknown) => error)).toBeInstanceOf(StoreBusyError);
  });

  it('falls silent is soon not healthy, however many ask, and is again by itself', async () => {
    const { url } = await openNew();
    const store = await open(url, 1);
    const witness = await connect(url);
    const { rows } = await witness.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'signa'",
    );
    const signal = (name: NodeJS.Signals) => rows.forEach(({ pid }) => process.kill(pid, name));
    signal('SIGSTOP');
    try {
      const checks = Array.from({ length: 20 }, () => store.checkHealth());
      // Not the driver's own words, which come much later, and not that the one connection is in use.
      const refused = checks.map((check) => expect(check).rejects.toThrow('did not answer within'));
      await Promise.all(refused);
    } finally {
      signal('SIGCONT');
    }
    await expect.poll(() => store.checkHealth().then(() => 'healthy', String), { timeout: 10_000 }).toBe('healthy');
  });

  it('is closed while a change waits for it lets the change finish', async () => {
    const { store, acme } = await openNew();
    const change = store.change(acme.id, (transaction) => transaction.insertApiKey(newKey(acme), someDigest()));
    await store.close();
    expect(await change).toBe('inserted');
  });
});
