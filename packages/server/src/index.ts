export { createApp } from './app.ts';
export { AnchorFormatError, type AuditAnchor, readAnchors, writeAnchors } from './audit/anchors.ts';
export { CHAIN_FAULTS, type ChainProblem } from './audit/check-chain.ts';
export { type CopiedRows, copyToPostgres } from './copy/copy-to-postgres.ts';
export { createServer } from './create-server.ts';
export type { Clock, Dependencies, Log, Page, RandomSource, TrustProxy } from './dependencies.ts';
export { redactSecrets } from './errors/redact-secrets.ts';
export { DEFAULT_FAILED_AUTHENTICATIONS } from './limits/limit-failed-authentications.ts';
export { DEFAULT_LIMITS, type Limits } from './limits/limiter.ts';
export { createLastUsedRecorder, type LastUsedRecorder } from './last-used.ts';
export { createMetrics } from './metrics/create-metrics.ts';
export { metricsPage } from './metrics/metrics-page.ts';
export type { Metrics } from './metrics/metrics.ts';
export { createOrganization, createOrganizationWithKey } from './operator/create-organization.ts';
export { exportAnchors } from './operator/export-anchors.ts';
export { issueKeyAsOperator, NameTakenError, type OperatorKey, type WantedOperatorKey } from './operator/issue-key.ts';
export { listRevoked, type RevokedCredential } from './operator/list-revoked.ts';
export { readRevocationsFile, type Revocable } from './operator/revocations-file.ts';
export { type Restored, restoreSqlite } from './restore/restore-sqlite.ts';
export {
  createResourceServer,
  type CreatedResourceServer,
  ResourceServerNotFoundError,
  revokeResourceServer,
} from './operator/resource-servers.ts';
export { ApiKeyNotFoundError, type KeyRevokedByOperator, revokeKeyAsOperator } from './operator/revoke-key.ts';
export { HIGHEST_LIMIT, setLimits } from './operator/set-limits.ts';
export { verifyAudit } from './operator/verify-audit.ts';
export { isApiKeyName, readTimestamp, SCOPES } from './operator/allowed-values.ts';
export { formatTimestamp } from './keys/timestamp.ts';
export type { ResourceServer } from './introspection/resource-server.ts';
export { createRequestLogRecorder, type RequestLogRecorder } from './request-logs/recorder.ts';
export { prune } from './retention/prune.ts';
export { type Pruning, startPruning } from './retention/start-pruning.ts';
export { containsSecret } from './keys/misplaced-secret.ts';
export type { ApiKey, Organization, OrganizationLimits, Scope } from './keys/api-key.ts';
export { type Migrated, migratePostgres } from './storage/postgres/migrate.ts';
export { DEFAULT_POOL_SIZE, openPostgresStore } from './storage/postgres/postgres-store.ts';
export { migrateSqlite, openSqliteStore, type SqliteStoreOptions } from './storage/sqlite/sqlite-store.ts';
export { backUpSqlite } from './storage/sqlite/back-up.ts';
export { BackupError } from './storage/sqlite/backup-error.ts';
export {
  OrganizationNotFoundError,
  StoreBusyError,
  StoreOpenError,
  StoreUnavailableError,
  type Store,
} from './storage/store.ts';
