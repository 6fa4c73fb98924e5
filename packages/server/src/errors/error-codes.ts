import type { components } from '@signa/openapi';

export type ErrorCode = components['schemas']['ErrorCode'];
export type ErrorType = components['schemas']['ErrorType'];
export type ErrorStatus = components['schemas']['Error']['error']['status'];

interface ErrorKind {
  readonly type: ErrorType;
  readonly suggestion: string;
  /** Whether the same request may be sent again, because nothing has been carried out. */
  readonly retryable?: true;
}

/** The status and the title of each type. */
export const ERROR_TYPES: Readonly<Record<ErrorType, { readonly status: ErrorStatus; readonly title: string }>> = {
  validation_error: { status: 400, title: 'Invalid request' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  request_timeout: { status: 408, title: 'Request timeout' },
  conflict: { status: 409, title: 'Conflict' },
  payload_too_large: { status: 413, title: 'Payload too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  idempotency_mismatch: { status: 422, title: 'Idempotency mismatch' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  internal_error: { status: 500, title: 'Internal error' },
  service_unavailable: { status: 503, title: 'Service unavailable' },
};

/** What each code of the contract means for the caller. */
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorKind>> = {
  invalid_request: { type: 'validation_error', suggestion: 'Correct the fields listed in errors.' },
  malformed_json: { type: 'validation_error', suggestion: 'Send one JSON object, encoded in UTF-8.' },
  malformed_http: {
    type: 'validation_error',
    suggestion: 'Check the address and the HTTP client that sent the request.',
  },
  missing_credentials: { type: 'unauthorized', suggestion: 'Send Authorization: Bearer and your API key.' },
  invalid_credentials: {
    type: 'unauthorized',
    suggestion: 'Check that the key is complete, and that it has neither expired nor been revoked or rotated.',
  },
  insufficient_scope: { type: 'forbidden', suggestion: 'Use a key that holds the scope.' },
  scope_not_held: { type: 'forbidden', suggestion: 'Leave the scope out, or use a key that holds it.' },
  lifetime_exceeded: {
    type: 'forbidden',
    suggestion: 'Ask for an earlier expires_at, or use a key that lasts longer.',
  },
  key_not_found: {
    type: 'not_found',
    suggestion: 'Check the id, and that the key belongs to the organization of the calling key.',
  },
  route_not_found: { type: 'not_found', suggestion: 'Check the path against the reference.' },
  method_not_allowed: { type: 'method_not_allowed', suggestion: 'Use one of the methods in the Allow header.' },
  request_timeout: { type: 'request_timeout', suggestion: 'Send the request again, faster.', retryable: true },
  name_taken: {
    type: 'conflict',
    suggestion: 'Choose another name, or rename or revoke the key that holds it.',
  },
  last_manager: { type: 'conflict', suggestion: 'Create another key with api-keys:manage first.' },
  rotation_in_grace: { type: 'conflict', suggestion: 'Wait until then, or send force: true to end it now.' },
  rotation_conflict: {
    type: 'conflict',
    suggestion: 'Read the key to see its state, then decide whether to rotate it again.',
  },
  key_not_active: { type: 'conflict', suggestion: 'Create a new key.' },
  body_too_large: { type: 'payload_too_large', suggestion: 'Send a smaller body.' },
  content_type_not_supported: { type: 'unsupported_media_type', suggestion: 'Send Content-Type: application/json.' },
  content_encoding_not_supported: {
    type: 'unsupported_media_type',
    suggestion: 'Send the body without Content-Encoding.',
  },
  idempotency_mismatch: {
    type: 'idempotency_mismatch',
    suggestion:
      'Send a new Idempotency-Key with each new request, and the same one only to repeat a request as it was.',
  },
  idempotency_in_progress: {
    type: 'conflict',
    suggestion: 'Wait for retry_after seconds, then send the request again.',
    retryable: true,
  },
  idempotency_replay_gone: {
    type: 'conflict',
    suggestion: 'Rotate the key to get a new secret for it, with another Idempotency-Key.',
  },
  rate_limit_exceeded: {
    type: 'rate_limited',
    suggestion: 'Wait for retry_after seconds, then send the request again.',
    retryable: true,
  },
  failed_authentications_exceeded: {
    type: 'rate_limited',
    suggestion: 'Check the credential: a valid one is accepted from this address at any time.',
  },
  headers_too_large: { type: 'headers_too_large', suggestion: 'Send fewer or shorter headers.' },
  internal_error: {
    type: 'internal_error',
    suggestion:
      'Check whether the request took effect before you send it again. If it keeps failing, quote the request_id.',
  },
  storage_busy: {
    type: 'service_unavailable',
    suggestion: 'Wait for retry_after seconds, then send the request again.',
    retryable: true,
  },
  storage_unavailable: {
    type: 'service_unavailable',
    suggestion: 'Check whether the request took effect before you send it again.',
  },
};
