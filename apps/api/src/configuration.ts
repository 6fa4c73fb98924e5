import { isIP } from 'node:net';
import {
  DEFAULT_FAILED_AUTHENTICATIONS,
  DEFAULT_LIMITS,
  DEFAULT_POOL_SIZE,
  type Limits,
  type TrustProxy,
} from '@signa/server';
import { LIMIT_VALUES, parseLimit } from './limit-values.ts';
import { parseTrustProxy } from './trust-proxy.ts';

/** What the process is told by its environment. */
export interface Configuration {
  readonly host: string;
  readonly port: number;
  /** How many connections may be open at a time. */
  readonly maxConnections: number;
  /** Where metrics are served. Null for nowhere. */
  readonly metrics: { readonly port: number; readonly host: string } | null;
  /** As it was given: a relative path counts from the folder in which the process was started. */
  readonly dataDir: string;
  /** Of the PostgreSQL database that holds the data in place of the data folder. Null for the folder. Has a password in it. */
  readonly databaseUrl: string | null;
  /** How many connections to PostgreSQL are open at most. */
  readonly databasePoolSize: number;
  readonly logLevel: LogLevel;
  /** For how many days request logs are kept. */
  readonly logRetentionDays: number;
  /** Whether request logs hold the addresses of clients. */
  readonly logClientAddresses: boolean;
  /** In requests a minute. */
  readonly limits: Limits;
  /** In requests a minute from one address. */
  readonly failedAuthentications: number;
  /** Null for no proxy. */
  readonly trustProxy: TrustProxy | null;
  readonly validateResponses: boolean;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

const PORT_VALUES = 'a whole number from 0 to 65535 (0 takes any port that is free)';

const HOST_VALUES = 'an IP address or a host name, without scheme and port';

const TRUST_PROXY_VALUES =
  'the number of proxies in front of the server (1 to 10), or their addresses, subnets (at most an IPv4 /8 or an IPv6 /7), ' +
  'loopback, linklocal or uniquelocal, separated by commas; to trust everybody would let each client choose its own address';

/** The environment cannot be used. Says all that is wrong with it, not just the first thing. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** One sentence for each variable. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads the configuration. A variable that is empty counts as not set, because that is what `PORT= npm start` and most tools that
 * write environments mean by it.
 *
 * @throws {ConfigurationError}
 */
export function readConfiguration(env: Readonly<Record<string, string | undefined>>): Configuration {
  const problems: string[] = [];

  function read<T>(name: string, fallback: T, allowed: string, parse: (text: string) => T | undefined): T {
    const text = env[name] ?? '';
    if (text === '') return fallback;
    const value = parse(text);
    if (value === undefined) problems.push(`${name} is ${quote(text)}, but must be ${allowed}.`);
    return value ?? fallback;
  }

  function readDatabaseUrl(): string | null {
    const text = env['DATABASE_URL'] ?? '';
    if (text === '') return null;
    if (isDatabaseUrl(text)) return text;
    // It may hold a password, which must not be shown.
    problems.push('DATABASE_URL is set, but must be of the form postgres://role:password@host:port/database.');
    return null;
  }

  const readLimit = (name: string, fallback: number) => read(name, fallback, LIMIT_VALUES, parseLimit);

  const metricsPort = read<number | null>('METRICS_PORT', null, PORT_VALUES, parsePort);
  const metricsHost = read('METRICS_HOST', '127.0.0.1', HOST_VALUES, parseHost);

  const configuration: Configuration = Object.freeze({
    port: read('PORT', 3000, PORT_VALUES, parsePort),
    host: read('HOST', '127.0.0.1', HOST_VALUES, parseHost),
    maxConnections: read('MAX_CONNECTIONS', 5000, 'a whole number from 10 to 100000', parseConnections),
    metrics: metricsPort === null ? null : Object.freeze({ port: metricsPort, host: metricsHost }),
    dataDir: read('DATA_DIR', './data', 'the path of a folder', (text) => text),
    databaseUrl: readDatabaseUrl(),
    databasePoolSize: read('DATABASE_POOL_SIZE', DEFAULT_POOL_SIZE, 'a whole number from 2 to 1000', parsePoolSize),
    logLevel: read('LOG_LEVEL', 'info' as LogLevel, `one of ${LOG_LEVELS.join(', ')}`, (text) =>
      LOG_LEVELS.find((level) => level === text),
    ),
    logRetentionDays: read('LOG_RETENTION_DAYS', 30, 'a whole number from 1 to 3650', parseDays),
    logClientAddresses: read('LOG_CLIENT_ADDRESS', true, 'on or off', parseSwitch),
    limits: Object.freeze({
      reads: readLimit('RATE_LIMIT_READS', DEFAULT_LIMITS.reads),
      writes: readLimit('RATE_LIMIT_WRITES', DEFAULT_LIMITS.writes),
      introspections: readLimit('RATE_LIMIT_INTROSPECTIONS', DEFAULT_LIMITS.introspections),
    }),
    failedAuthentications: readLimit('RATE_LIMIT_FAILED_AUTHENTICATIONS', DEFAULT_FAILED_AUTHENTICATIONS),
    trustProxy: read<TrustProxy | null>('TRUST_PROXY', null, TRUST_PROXY_VALUES, parseTrustProxy),
    // The second opinion on every answer costs time, so only those get it who said that they develop or test. Whoever forgets to
    // set NODE_ENV is most likely in production.
    validateResponses: env['NODE_ENV'] === 'development' || env['NODE_ENV'] === 'test',
  });

  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

function parseSwitch(text: string): boolean | undefined {
  return text === 'on' ? true : text === 'off' ? false : undefined;
}

function parseDays(text: string): number | undefined {
  const days = Number(text);
  return /^\d{1,4}$/.test(text) && days >= 1 && days <= 3650 ? days : undefined;
}

function parsePort(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : undefined;
}

function parseConnections(text: string): number | undefined {
  const connections = Number(text);
  return /^\d{2,6}$/.test(text) && connections >= 10 && connections <= 100_000 ? connections : undefined;
}

function parsePoolSize(text: string): number | undefined {
  const size = Number(text);
  // The first start looks into the database while it holds a transaction open: with one connection it would wait for itself.
  return /^\d{1,4}$/.test(text) && size >= 2 && size <= 1000 ? size : undefined;
}

function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname } = new URL(text);
  return /^postgres(ql)?:$/.test(protocol) && pathname.length > 1;
}

function parseHost(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  const labels = text.split('.');
  const isName = text.length <= 253 && labels.every((label) => /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/i.test(label));
  // A last label of digits alone makes it an IP address that is mistyped (RFC 1123, section 2.1).
  return isName && !/^\d+$/.test(labels.at(-1)!) ? text : undefined;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
