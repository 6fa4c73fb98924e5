/** One thing done wrong, and the tests that should notice. */
export interface Mutation {
  readonly what: string;
  readonly file: string;
  /** Must be there exactly once. */
  readonly text: string;
  readonly replacement: string;
  readonly project: string;
  readonly tests: readonly string[];
}

const SERVER = 'packages/server/src';

export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'commits do not wait for the disk (synchronous=NORMAL)',
    file: `${SERVER}/storage/sqlite/connection.ts`,
    text: 'synchronous: 2,',
    replacement: 'synchronous: 1,',
    project: 'packages/server',
    tests: ['src/storage/sqlite/open-connections.test.ts'],
  },
  {
    what: 'names need not be unique',
    file: `${SERVER}/storage/sqlite/migrations/001_initial_schema.ts`,
    text: 'CREATE UNIQUE INDEX api_keys_name',
    replacement: 'CREATE INDEX api_keys_name',
    project: 'packages/server',
    tests: ['src/operations/unique-names.test.ts'],
  },
  {
    what: 'a scope check is skipped',
    file: `${SERVER}/contract/secure.ts`,
    text: 'if (missing.length === 0) return null;',
    replacement: 'if (missing.length >= 0) return null;',
    project: 'packages/server',
    tests: ['src/operations/scopes-cannot-grow.test.ts'],
  },
  {
    what: 'a secret is logged',
    file: `${SERVER}/keys/authenticate.ts`,
    text: 'const secret = readBearerToken(request);',
    replacement: 'const secret = readBearerToken(request); console.log(JSON.stringify({ secret }));',
    project: 'apps/api',
    tests: ['test/leak.test.ts'],
  },
  {
    what: 'a key is committed before its audit event',
    file: `${SERVER}/storage/sqlite/api-key-changes.ts`,
    text: "return 'inserted';",
    replacement: "this.#insert.database.exec('COMMIT; BEGIN IMMEDIATE'); return 'inserted';",
    project: 'packages/server',
    tests: ['src/storage/sqlite/sqlite-store.test.ts', 'src/storage/sqlite/crash.test.ts'],
  },
  {
    what: 'scopes are given that are not held',
    file: `${SERVER}/keys/grant.ts`,
    text: 'if (missing.length === 0) return;',
    replacement: 'if (missing.length >= 0) return;',
    project: 'packages/server',
    tests: ['src/operations/scopes-cannot-grow.test.ts'],
  },
  {
    what: 'the last manager may be revoked',
    file: `${SERVER}/operations/change-keys.ts`,
    text: 'if (await transaction.hasOtherManager(id, now)) return;',
    replacement: 'if ((await transaction.hasOtherManager(id, now)) || true) return;',
    project: 'packages/server',
    tests: ['src/operations/revoke-api-key.test.ts', 'src/operations/update-api-key.test.ts'],
  },
  {
    what: 'a cursor works in another query',
    file: `${SERVER}/pagination/cursor.ts`,
    text: '[...numbers, ...query]',
    replacement: '[...numbers]',
    project: 'packages/server',
    tests: ['src/pagination/cursor.test.ts'],
  },
  {
    what: 'an Idempotency-Key answers another request',
    file: `${SERVER}/idempotency/earlier-reply.ts`,
    text: 'Buffer.compare(earlier.fingerprint, fingerprint) !== 0',
    replacement: 'false && Buffer.compare(earlier.fingerprint, fingerprint) !== 0',
    project: 'packages/server',
    tests: ['src/operations/change-keys-once.test.ts', 'src/operations/lost-answers.test.ts'],
  },
  {
    what: 'an expired grace period still counts',
    file: `${SERVER}/keys/authenticate.ts`,
    text: "(secret === 'current' || graceEndOf(apiKey, now) !== null)",
    replacement: "(secret === 'current' || graceEndOf(apiKey, now) !== undefined)",
    project: 'packages/server',
    tests: ['src/operations/rotate-api-key.test.ts'],
  },
];
