import { expect, test } from 'vitest';
import { createDatabaseFile } from './database-file.ts';
import { closeConnections, openConnections } from './open-connections.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

test('every connection that writes is durable, checked and never blocks, when it is opened again too', async () => {
  const file = temporaryFile();
  await createDatabaseFile(file);
  for (const opening of ['first', 'second']) {
    const connections = await openConnections(file);
    const read = (name: string) => connections.writer.pragma(name, { simple: true });
    const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout', 'wal_autocheckpoint'];
    expect(settings.map(read), opening).toEqual(['wal', 2, 1, 0, 1000]);
    closeConnections(connections);
  }
});

test('the connection that reads cannot write', async () => {
  const file = temporaryFile();
  await createDatabaseFile(file);
  const connections = await openConnections(file);
  expect(() => connections.reader.exec('DELETE FROM api_keys')).toThrow('readonly');
  expect(connections.reader.pragma('busy_timeout', { simple: true })).toBe(0);
  closeConnections(connections);
});
