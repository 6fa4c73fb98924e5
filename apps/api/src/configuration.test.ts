import { describe, expect, it } from 'vitest';
import { ConfigurationError, LOG_LEVELS, readConfiguration } from './configuration.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfiguration(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('has a default for everything', () => {
    expect(readConfiguration({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataDir: './data',
      logLevel: 'info',
      logRetentionDays: 30,
      logClientAddresses: true,
      validateResponses: false,
    });
  });

  it('takes what the environment says', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      DATA_DIR: '/var/lib/signa',
      LOG_LEVEL: 'warn',
      LOG_RETENTION_DAYS: '3650',
      LOG_CLIENT_ADDRESS: 'off',
      NODE_ENV: 'test',
    };
    expect(readConfiguration(env)).toEqual({
      port: 0,
      host: '::1',
      dataDir: '/var/lib/signa',
      logLevel: 'warn',
      logRetentionDays: 3_650,
      logClientAddresses: false,
      validateResponses: true,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const env = { PORT: '', HOST: '', DATA_DIR: '', LOG_LEVEL: '', NODE_ENV: '', DATABASE_URL: '' };
    expect(readConfiguration(env)).toEqual(readConfiguration({}));
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(readConfiguration({}))).toBe(true);
  });

  it.each(['development', 'test'])('checks responses twice when NODE_ENV is %s', (environment) => {
    expect(readConfiguration({ NODE_ENV: environment }).validateResponses).toBe(true);
  });

  it.each(['production', 'staging', ''])('checks responses once when NODE_ENV is "%s"', (environment) => {
    expect(readConfiguration({ NODE_ENV: environment }).validateResponses).toBe(false);
  });

  it.each(['http', '-1', '65536', '3000.5', '3e3', '0x10', ' 3000', '123456'])('refuses PORT=%s', (port) => {
    expect(problemsOf({ PORT: port })).toEqual([expect.stringMatching(/^PORT is ".+", but must be a whole number/)]);
    expect(problemsOf({ PORT: port })[0]).toContain(JSON.stringify(port));
  });

  it.each(['0.0.0.0', '::', '::1', 'localhost', 'api.example.com', 'my_service'])('takes HOST=%s', (host) => {
    expect(readConfiguration({ HOST: host }).host).toBe(host);
  });

  it.each(['http://localhost', 'localhost:3000', '[::1]', '127.0.0.256', '127.0.0', 'a b', '-a', 'a..b', '*'])(
    'refuses HOST=%s',
    (host) => {
      expect(problemsOf({ HOST: host })).toEqual([expect.stringMatching(/^HOST is ".+", but must be an IP address/)]);
    },
  );

  it('refuses an unknown LOG_LEVEL and lists those there are', () => {
    const [problem] = problemsOf({ LOG_LEVEL: 'loud' });
    expect(problem).toContain('LOG_LEVEL is "loud"');
    for (const level of LOG_LEVELS) expect(problem).toContain(level);
  });

  it.each(['0', '-1', '3651', '1.5', '30d', '00030', 'forever'])('refuses LOG_RETENTION_DAYS=%s', (days) => {
    expect(problemsOf({ LOG_RETENTION_DAYS: days })).toEqual([
      `LOG_RETENTION_DAYS is "${days}", but must be a whole number from 1 to 3650.`,
    ]);
  });

  it.each(['true', 'ON', '0', 'no', 'constructor'])('refuses LOG_CLIENT_ADDRESS=%s', (value) => {
    expect(problemsOf({ LOG_CLIENT_ADDRESS: value })).toEqual([
      `LOG_CLIENT_ADDRESS is "${value}", but must be on or off.`,
    ]);
  });

  it('refuses DATABASE_URL without repeating the password in it', () => {
    const [problem] = problemsOf({ DATABASE_URL: 'postgres://signa:hunter2@db/signa' });
    expect(problem).toMatch(/^DATABASE_URL is set, but PostgreSQL comes in a later version/);
    expect(problem).not.toContain('hunter2');
  });

  it('reports everything that is wrong at once', () => {
    const problems = problemsOf({ PORT: 'x', HOST: 'a b', LOG_LEVEL: 'y', DATABASE_URL: 'z' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'HOST', 'LOG_LEVEL', 'DATABASE_URL']);
  });

  it('keeps each problem to one line, however long or odd the value', () => {
    for (const problem of problemsOf({ PORT: `1\n2${'3'.repeat(9999)}`, HOST: 'a\r\nb' })) {
      expect(problem).not.toMatch(/[\r\n]/);
      expect(problem.length).toBeLessThan(300);
    }
  });
});
