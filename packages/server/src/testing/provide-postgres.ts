import { startPostgres } from '@signa/scripts/postgres.ts';
import type { TestProject } from 'vitest/node';
import { migratePostgres } from '../storage/postgres/migrate.ts';

/** Starts the PostgreSQL of a Vitest project before its tests, and closes it behind them. */
export default async function providePostgres(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  await postgres.query('CREATE DATABASE template');
  await migratePostgres({ url: postgres.url('template') });
  project.provide('postgres', { url: postgres.url('postgres'), template: 'template' });
  return () => postgres.close();
}
