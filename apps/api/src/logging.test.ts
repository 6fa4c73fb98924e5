import { describe, expect, it } from 'vitest';
import { createLog } from './logging.ts';

const SECRET = `sig_${'a1b2c3d4'.repeat(6)}f8a9`;

function logLines({ level = 'info', human = false }: { level?: 'info' | 'warn' | 'silent'; human?: boolean } = {}) {
  const lines: string[] = [];
  const log = createLog({ level, human, destination: { write: (line: string) => void lines.push(line) } });
  return { log, lines, entry: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('the log', () => {
  it('writes one JSON object a line, with a time that people and machines read', () => {
    const { log, lines, entry } = logLines();
    log.info({ request_id: 'req_1', status: 201, operation: null }, 'request');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(entry()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      request_id: 'req_1',
      status: 201,
      operation: null,
      msg: 'request',
    });
  });

  it('drops every field that is not on the list', () => {
    const { log, lines } = logLines();
    log.info({ authorization: 'Bearer x', headers: { cookie: 'x' }, body: 'x', key: 'x', status: 200 }, 'request');
    expect(lines[0]).toContain('"status":200');
    expect(lines[0]).not.toMatch(/authorization|headers|cookie|body|"key"/);
  });

  it('keeps the ids of a trace, by which an operator finds the line', () => {
    const { log, entry } = logLines();
    log.info(
      { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', trace_flags: '01' },
      'request',
    );
    expect(entry()).toMatchObject({ trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' });
  });

  it('drops what hides behind the name of a field that is on it', () => {
    const { log, lines } = logLines();
    log.info({ path: { authorization: 'Bearer x' }, status: ['x'] }, 'request');
    expect(lines[0]).not.toMatch(/authorization|path|status/);
  });

  it('tells type, message, code, stack and causes of an error, and nothing else that hangs on it', () => {
    const { log, lines, entry } = logLines();
    const cause = Object.assign(new RangeError('disk I/O error'), { code: 'SQLITE_IOERR', sql: 'SELECT 1' });
    const error = Object.assign(new TypeError('failed', { cause }), { config: { headers: { authorization: 'x' } } });
    log.error({ err: error }, 'The request failed.');
    expect(entry()['err']).toEqual({
      type: 'TypeError',
      message: 'failed',
      stack: expect.stringContaining('logging.test.ts'),
      cause: { type: 'RangeError', message: 'disk I/O error', code: 'SQLITE_IOERR', stack: expect.any(String) },
    });
    expect(lines[0]).not.toMatch(/config|authorization|SELECT/);
  });

  it('ends with errors that are their own cause', () => {
    const { log, lines } = logLines();
    const error = new Error('turtle');
    error.cause = error;
    log.error({ err: error }, 'Turtles.');
    expect(lines).toHaveLength(1);
  });

  it.each([null, 42, 'text', { message: 'no error', token: SECRET }])('takes %o for an error', (thrown) => {
    const { log, entry } = logLines();
    log.error({ err: thrown }, 'It was thrown.');
    expect(entry()['err']).toEqual({ type: typeof thrown, message: expect.any(String) });
  });

  it.each([false, true])('cuts secrets down to their prefix, wherever they stand (for people: %s)', (human) => {
    const { log, lines } = logLines({ human });
    const cause = new Error(`Bearer ${SECRET}`);
    log.error(
      { path: `/v1/${SECRET}`, err: new Error(SECRET.toUpperCase(), { cause }) },
      `No ${SECRET}${SECRET} here.`,
    );
    expect(lines[0]).toContain('sig_a1b2…');
    expect(lines[0]!.toLowerCase()).not.toContain(SECRET.slice(8, 20));
  });

  it('keeps a line one line', () => {
    const { log, lines } = logLines();
    log.info({ path: 'a\nb\u2028c' }, 'first\nsecond');
    expect(lines[0]!.trimEnd()).not.toContain('\n');
  });

  it('says nothing below its level', () => {
    const { log, lines } = logLines({ level: 'warn' });
    log.info({}, 'quiet');
    log.warn({}, 'loud');
    expect(lines).toHaveLength(1);
  });

  it('writes plain lines for people', () => {
    const { log, lines } = logLines({ human: true });
    log.info({ url: 'http://127.0.0.1:3000', operation: null }, 'Ready.');
    log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'It failed.');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d INFO {2}Ready\. url=http:\/\/127\.0\.0\.1:3000\n$/);
    expect(lines[1]).toMatch(/ERROR It failed\.\n {2}Error: outer\n {6}at [^]*caused by\n {2}Error: inner\n {6}at /);
  });

  it('lets nothing through to a terminal that would steer it', () => {
    const { log, lines } = logLines({ human: true });
    log.error({ err: new Error('\u001b]0;owned\u0007\u009b2J') }, 'a\u001b[2Jb\rc');
    expect(lines[0]).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});
