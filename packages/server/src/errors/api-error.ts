import type { components } from '@signa/openapi';
import { ERROR_CODES, ERROR_TYPES, type ErrorCode } from './error-codes.ts';
import { redactSent } from './redact-secrets.ts';

export type ErrorBody = components['schemas']['Error'];
export type FieldError = NonNullable<ErrorBody['error']['errors']>[number];

interface ApiErrorOptions {
  readonly fields?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole seconds, at least 1; also sent as `Retry-After`. */
  readonly retryAfter?: number;
  /** What happened inside, for the log. Never sent. */
  readonly cause?: unknown;
}

/** A failure that the caller is told of. `detail` says what is wrong and what to do; nothing internal belongs in it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** What is at fault, where that can be named. */
  readonly fields: readonly FieldError[];
  readonly #retryAfter: number | undefined;

  constructor(code: ErrorCode, detail: string, { fields = [], headers, retryAfter, cause }: ApiErrorOptions = {}) {
    super(detail, { cause });
    this.code = code;
    this.status = ERROR_TYPES[ERROR_CODES[code].type].status;
    this.headers = { ...headers, ...(retryAfter !== undefined && { 'Retry-After': retryAfter }) };
    this.fields = fields;
    this.#retryAfter = retryAfter;
  }

  /** @param path the path of the request, without its query */
  body(path: string, requestId: string): ErrorBody {
    const { type, suggestion, retryable } = ERROR_CODES[this.code];
    const { status, title } = ERROR_TYPES[type];
    return {
      error: {
        type,
        code: this.code,
        title,
        status,
        detail: redactSent(this.message).slice(0, 2000),
        instance: redactSent(path).slice(0, 2048),
        suggestion,
        retryable: retryable ?? false,
        retry_after: this.#retryAfter ?? null,
        ...(this.fields.length > 0 && { errors: this.fields.slice(0, 100).map(redactField) }),
      },
      request_id: requestId,
    };
  }
}

/** A field of the body, by its JSON pointer, or a parameter, by its name, is wrong. */
export function invalidRequest(fields: readonly FieldError[]): ApiError {
  const places = fields.map((field) => field.path || 'the body').join(', ');
  const detail =
    fields.length === 1 ? `1 field is not valid: ${places}.` : `${fields.length} fields are not valid: ${places}.`;
  return new ApiError('invalid_request', detail, { fields });
}

function redactField({ path, message }: FieldError): FieldError {
  return { path: redactSent(path).slice(0, 500), message: redactSent(message).slice(0, 500) };
}
