import { DatabaseError } from 'pg';
import { StoreOpenError } from '../store.ts';

/** Why a database cannot be opened, and what the operator can do, by the code of PostgreSQL's or the system's error. */
const EXPLANATIONS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  '28000': ['its server does not let this role in', 'check the role in the URL and the server’s pg_hba.conf'],
  '28P01': ['the password is wrong or the role does not exist', 'check the role and the password in the URL'],
  '3D000': ['there is no such database', 'create it, or check its name in the URL'],
  '42501': ['the role lacks rights in it', 'run `migrate --service-role` with the name of this role'],
  '42P01': ['the role may not use its schema', 'run `migrate --service-role` with the name of this role'],
  '53300': ['its server has no connection left', 'raise max_connections there, or lower the pool size of each process'],
  '55P03': ['another process keeps its schema locked', 'wait until that migration or backup is done'],
  '57P03': ['its server is just starting or shutting down', 'try again in a moment'],
  CERT_HAS_EXPIRED: ['the certificate of its server has expired', 'renew the certificate'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its server’s certificate is not trusted',
    'name its authority with sslrootcert in the URL',
  ],
  EAI_AGAIN: ['the name of its host cannot be resolved', 'check the host in the URL and the name service'],
  ECONNREFUSED: ['nothing answers there', 'start PostgreSQL, or check the host and the port in the URL'],
  ECONNRESET: ['its server closed the connection', 'check the host and the port in the URL and the log of the server'],
  ENOENT: ['nothing answers there', 'start PostgreSQL, or check the host in the URL'],
  ENOTFOUND: ['the name of its host is unknown', 'check the host in the URL'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its server’s certificate is for another host', 'check the host in the URL'],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its server’s certificate is not trusted',
    'name its authority with sslrootcert in the URL',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its server’s certificate is not trusted',
    'name its authority with sslrootcert in the URL',
  ],
};

/** The same for errors that have only a message, by how it begins. */
const EXPLAINED_MESSAGES: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  'timeout exceeded': ['nothing answered within 2 seconds', 'check the host and the port in the URL'],
  'timeout expired': ['nothing answered within 2 seconds', 'check the host and the port in the URL'],
  'Connection terminated due to connection timeout': [
    'nothing answered within 2 seconds',
    'check the host and the port in the URL',
  ],
  'Connection terminated': ['its server closed the connection', 'check the URL and the log of the server'],
  'SASL: SCRAM-SERVER-FIRST-MESSAGE': ['its server wants a password', 'put one into the URL'],
  'The server does not support SSL': [
    'its server does not speak TLS',
    'switch TLS on there, or take sslmode out of the URL',
  ],
};

/** Says in one sentence for the operator, without the password, why the database of `url` cannot be opened. */
export function openError(url: string, cause: unknown): StoreOpenError {
  if (cause instanceof StoreOpenError) return cause;
  // The store's own errors say what was under way; the one beneath says why.
  const reasonOf = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const [reason, remedy] = explain(reasonOf) ?? [quote(reasonOf), 'check the URL and the log of the server'];
  return new StoreOpenError(`The database ${nameOf(url)} cannot be opened, because ${reason}: ${remedy}.`, { cause });
}

/** @throws {StoreOpenError} when `url` is not one of a PostgreSQL database */
export function refuseOtherUrls(url: string): void {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return;
  throw new StoreOpenError('The database URL is not of the form postgres://role:password@host:port/database.');
}

/** @throws {StoreOpenError} when the schema is not the one that this program works with */
export function refuseOtherSchema(url: string, version: number, known: number): void {
  if (version === known) return;
  if (version > known) {
    throw new StoreOpenError(
      `The database ${nameOf(url)} was written by a newer version of this program ` +
        `(schema ${version}; this one knows ${known}): start that version, or restore a backup made before the upgrade.`,
    );
  }
  const state = version === 0 ? 'has no schema yet' : `has an older schema (${version}; this program needs ${known})`;
  throw new StoreOpenError(`The database ${nameOf(url)} ${state}: run \`migrate\` first.`);
}

/** A database without the password in its URL, and without what else follows its name there. */
export function nameOf(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

function explain(cause: unknown): readonly [reason: string, remedy: string] | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = cause instanceof DatabaseError ? cause.code : 'code' in cause ? String(cause.code) : undefined;
  if (code !== undefined && code in EXPLANATIONS) return EXPLANATIONS[code];
  return Object.entries(EXPLAINED_MESSAGES).find(([message]) => cause.message.startsWith(message))?.[1];
}

function quote(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
