import { expect, test } from 'vitest';
import { IntrospectionError } from '../introspection-error.ts';
import { createProblemLog } from './problem-log.ts';

test('each reason is told at once, and then every ten seconds how often it came', () => {
  const lines: object[] = [];
  let now = 0;
  const tell = createProblemLog(
    (fields) => void lines.push(fields),
    () => now,
  );
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const gone = new IntrospectionError('unreachable', 'Gone.', {
    cause: new TypeError('fetch failed', { cause: refused }),
  });

  for (let i = 0; i < 1_000; i++, now += 9) tell(gone);
  expect(lines).toEqual([{ level: 'error', msg: 'Gone.', reason: 'unreachable', cause: 'ECONNREFUSED', refused: 1 }]);
  tell(new IntrospectionError('server_error', 'Failed.', { status: 502 }));
  expect(lines[1]).toEqual({ level: 'error', msg: 'Failed.', reason: 'server_error', status: 502, refused: 1 });
  now = 10_000;
  tell(gone);
  expect(lines[2]).toMatchObject({ reason: 'unreachable', refused: 1_000 });
});
