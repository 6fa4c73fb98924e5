import type { components } from '@signa/openapi';
import type { ApiError } from './api-error.ts';
import { ERROR_CODES, type ErrorCode, type ErrorType } from './error-codes.ts';
import { redactSent } from './redact-secrets.ts';

type OAuthErrorBody = components['schemas']['OAuthError'];

/** The kinds of error that OAuth has a word of its own for (RFC 6749, sections 4.1.2.1 and 5.2). All others are `invalid_request`. */
const KINDS: Partial<Record<ErrorType, OAuthErrorBody['error']>> = {
  unauthorized: 'invalid_client',
  rate_limited: 'temporarily_unavailable',
  service_unavailable: 'temporarily_unavailable',
  internal_error: 'server_error',
};

/** Likewise, where the code says more than its type: waiting makes no credential valid. */
const KINDS_OF_CODES: Partial<Record<ErrorCode, OAuthErrorBody['error']>> = {
  failed_authentications_exceeded: 'invalid_client',
};

/** An error as the operations of OAuth answer it. Names the parameters at fault, for which there is no list. */
export function toOAuthError({ code, message, fields }: ApiError): OAuthErrorBody {
  const atFault = fields.map((field) => `${field.path || 'the body'} ${field.message}`).join('; ');
  return {
    error: KINDS_OF_CODES[code] ?? KINDS[ERROR_CODES[code].type] ?? 'invalid_request',
    error_description: toDescription(atFault || message),
  };
}

/** Section 5.2 allows printable ASCII but for the quotation mark and the backslash. */
function toDescription(text: string): string {
  return redactSent(text)
    .replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')
    .slice(0, 500);
}
