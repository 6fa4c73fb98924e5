import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Workspace packages resolve to their sources, as in tsconfig.base.json: no test can pass on a stale build.
const conditions = ['@signa/source'];

const inside = (folder: string) => readdirSync(folder).map((name) => `${folder}/${name}`);

const THROUGH_A_STORE = [
  'audit',
  'idempotency',
  'introspection',
  'limits',
  'operations',
  'operator',
  'request-logs',
  'retention',
  'usage',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      ...['openapi', ...inside('packages'), ...inside('apps'), 'scripts'].map((name) => ({
        extends: true as const,
        root: `./${name}`,
        test: {
          name,
          // Loading Express, Ajv and SQLite anew for each file is half of what the server's tests would cost. None changes a module.
          isolate: name !== 'packages/server',
        },
      })),
      {
        extends: true as const,
        root: './packages/server',
        test: {
          name: 'packages/server on PostgreSQL',
          isolate: false,
          globalSetup: fileURLToPath(new URL('./packages/server/src/testing/provide-postgres.ts', import.meta.url)),
          // All that goes through a store. Each kind of store has its own tests, and the contract and the pages have none.
          include: [`src/{${THROUGH_A_STORE.join(',')}}/*.test.ts`, 'src/every-operation.test.ts'],
        },
      },
    ],
  },
});
