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
      maxConnections: 5_000,
      metrics: null,
      dataDir: './data',
      databaseUrl: null,
      databasePoolSize: 10,
      logLevel: 'info',
      logRetentionDays: 30,
      logClientAddresses: true,
      limits: { reads: 10_000, writes: 1_000, introspections: 60_000 },
      failedAuthentications: 60,
      trustProxy: null,
      validateResponses: false,
    });
  });

  it('takes what the environment says', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      MAX_CONNECTIONS: '100000',
      METRICS_PORT: '9464',
      METRICS_HOST: '0.0.0.0',
      DATA_DIR: '/var/lib/signa',
      LOG_LEVEL: 'warn',
      LOG_RETENTION_DAYS: '3650',
      LOG_CLIENT_ADDRESS: 'off',
      RATE_LIMIT_READS: '1',
      RATE_LIMIT_WRITES: '1000000000',
      RATE_LIMIT_INTROSPECTIONS: '2',
      RATE_LIMIT_FAILED_AUTHENTICATIONS: '5',
      TRUST_PROXY: 'loopback, 192.0.2.1',
      NODE_ENV: 'test',
    };
    expect(readConfiguration(env)).toEqual({
      port: 0,
      host: '::1',
      maxConnections: 100_000,
      metrics: { port: 9464, host: '0.0.0.0' },
      dataDir: '/var/lib/signa',
      databaseUrl: null,
      databasePoolSize: 10,
      logLevel: 'warn',
      logRetentionDays: 3_650,
      logClientAddresses: false,
      limits: { reads: 1, writes: 1_000_000_000, introspections: 2 },
      failedAuthentications: 5,
      trustProxy: ['loopback', '192.0.2.1'],
      validateResponses: true,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const names = [
      'PORT',
      'HOST',
      'DATA_DIR',
      'LOG_LEVEL',
      'NODE_ENV',
      'DATABASE_URL',
      'RATE_LIMIT_READS',
      'TRUST_PROXY',
    ];
    const env = Object.fromEntries(names.map((name) => [name, '']));
    expect(readConfiguration(env)).toEqual(readConfiguration({}));
  });

  it('cannot be changed afterwards', () => {
    const configuration = readConfiguration({});
    expect([configuration, configuration.limits].every(Object.isFrozen)).toBe(true);
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

  it('refuses a METRICS_PORT and a METRICS_HOST that PORT and HOST may not be either', () => {
    expect(problemsOf({ METRICS_PORT: '65536', METRICS_HOST: 'a b' })).toEqual([
      'METRICS_PORT is "65536", but must be a whole number from 0 to 65535 (0 takes any port that is free).',
      'METRICS_HOST is "a b", but must be an IP address or a host name, without scheme and port.',
    ]);
  });

  it.each(['0', '9', '100001', '1e3', '-10', 'none'])('refuses MAX_CONNECTIONS=%s', (value) => {
    expect(problemsOf({ MAX_CONNECTIONS: value })).toEqual([
      `MAX_CONNECTIONS is "${value}", but must be a whole number from 10 to 100000.`,
    ]);
  });

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

  it.each(['RATE_LIMIT_READS', 'RATE_LIMIT_WRITES', 'RATE_LIMIT_INTROSPECTIONS', 'RATE_LIMIT_FAILED_AUTHENTICATIONS'])(
    'refuses a %s that is no limit',
    (name) => {
      for (const value of ['0', '-1', '1.5', '1e3', '10_000', 'none', '1000000001', '99999999999']) {
        expect(problemsOf({ [name]: value })).toEqual([
          `${name} is ${JSON.stringify(value)}, but must be a whole number from 1 to 1000000000.`,
        ]);
      }
    },
  );

  it('refuses to trust everybody, and says why', () => {
    const [problem] = problemsOf({ TRUST_PROXY: 'true' });
    expect(problem).toMatch(/^TRUST_PROXY is "true", but must be the number of proxies/);
    expect(problem).toContain('would let each client choose its own address');
  });

  it.each(['postgres://signa:hunter2@db/', 'mysql://signa:hunter2@db/signa', 'signa:hunter2@db', 'hunter2'])(
    'refuses the DATABASE_URL %s without repeating the password in it',
    (url) => {
      const [problem] = problemsOf({ DATABASE_URL: url });
      expect(problem).toMatch(/^DATABASE_URL is set, but must be of the form postgres:/);
      expect(problem).not.toContain('hunter2');
    },
  );

  it.each(['postgres://signa:x@db:5432/signa', 'postgresql:///signa?host=/run/postgresql'])(
    'takes DATABASE_URL %s',
    (url) => {
      expect(readConfiguration({ DATABASE_URL: url }).databaseUrl).toBe(url);
    },
  );

  it.each(['1', '0', '1001', '1.5', 'ten'])('refuses the DATABASE_POOL_SIZE %s', (size) => {
    expect(problemsOf({ DATABASE_POOL_SIZE: size })).toEqual([
      `DATABASE_POOL_SIZE is "${size}", but must be a whole number from 2 to 1000.`,
    ]);
  });

  it('reports everything that is wrong at once', () => {
    const problems = problemsOf({
      PORT: 'x',
      HOST: 'a b',
      LOG_LEVEL: 'y',
      RATE_LIMIT_WRITES: '0',
      TRUST_PROXY: '0',
      DATABASE_URL: 'z',
    });
    const names = problems.map((problem) => problem.split(' ')[0]);
    expect(names).toEqual(['PORT', 'HOST', 'DATABASE_URL', 'LOG_LEVEL', 'RATE_LIMIT_WRITES', 'TRUST_PROXY']);
  });

  it('keeps each problem to one line, however long or odd the value', () => {
    for (const problem of problemsOf({ PORT: `1\n2${'3'.repeat(9999)}`, HOST: 'a\r\nb' })) {
      expect(problem).not.toMatch(/[\r\n]/);
      expect(problem.length).toBeLessThan(300);
    }
  });
});
