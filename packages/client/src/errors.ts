import type { components } from '@signa/openapi';

type ErrorBody = components['schemas']['Error'];
type ErrorFields = ErrorBody['error'];
/** The errors of introspection are OAuth's. Their kind, `error`, is in the body: it is no `code` of this API. */
type OAuthFields = { error_description?: components['schemas']['OAuthError']['error_description'] };

const classes: Record<number, typeof ApiError> = {};

/** Makes a class that of a status, and names it in words, because minifiers rename classes. */
function register(errorClass: typeof ApiError, name: string, status: number): void {
  errorClass.prototype.name = name;
  classes[status] = errorClass;
}

/**
 * An answer that is not a success. What callers branch on has a class of its own; for all the others there is `status`.
 *
 * An answer that is not the API's, such as a proxy's HTML page, is an ApiError too: it has a `status` and a `detail`, while
 * `type`, `code`, `title` and `suggestion` are undefined. So is a redirect (redirects are not followed; in browsers, which
 * hide it, its status is 0), and so is a success whose body is not JSON. Neither a message nor a property of an error ever
 * holds the API key.
 */
export class ApiError extends Error {
  static {
    register(this, 'ApiError', 0);
  }

  /** The HTTP status of the answer. */
  declare readonly status: number;
  /** The kind of error. */
  declare readonly type: ErrorFields['type'] | undefined;
  /** The precise cause. Others than those of this version can come: treat one that you do not know as its `type`. */
  declare readonly code: ErrorFields['code'] | undefined;
  /** The kind of error in a few words. */
  declare readonly title: string | undefined;
  /** What is wrong with the request and what to do. */
  declare readonly detail: string;
  /** What usually helps. */
  declare readonly suggestion: string | undefined;
  /** What to quote when asking for help. */
  declare readonly requestId: string | undefined;
  /** True when nothing has been carried out and the same request may succeed if it is sent again. */
  declare readonly retryable: boolean;
  /** Whole seconds to wait before the next attempt. Undefined when the answer does not ask to wait. */
  declare readonly retryAfter: number | undefined;
  /** The fields at fault. Empty unless the code is `invalid_request`. */
  declare readonly errors: NonNullable<ErrorFields['errors']>;
  readonly #body: unknown;

  constructor({ status, headers }: Response, body: unknown) {
    const { error, error_description, request_id: requestId } = (body ?? {}) as Partial<ErrorBody> & OAuthFields;
    const {
      type,
      code,
      title,
      detail = error_description ?? 'This is no answer of the API',
      suggestion,
      retryable = false,
      retry_after,
      errors = [],
    }: Partial<ErrorFields> = error?.status === status && error.code ? error : {};
    super(`${code ?? status}: ${detail}`);

    // A number of seconds or an HTTP date (RFC 9110, section 10.2.3). Browsers show the header to other origins only if the
    // server allows it; the body they always show.
    const header = headers.get('Retry-After') ?? '';
    const seconds = Number(header) || (Date.parse(header) - Date.now()) / 1000 || 0;
    const retryAfter = Math.max(Math.ceil(seconds), retry_after ?? 0) || undefined;

    Object.assign(this, { status, type, code, title, detail, suggestion, requestId, retryable, retryAfter, errors });
    this.#body = body;
  }

  /**
   * The body as it came: the contract's error, or the text of an answer that is not the API's. It is neither printed nor
   * serialised with the error, because nobody knows what a proxy writes there.
   */
  get body(): unknown {
    return this.#body;
  }
}

/** 400: the request is not valid; `errors` names the fields at fault. */
export class ValidationError extends ApiError {
  static {
    register(this, 'ValidationError', 400);
  }
  declare readonly status: 400;
}

/** 401: there is no valid API key. */
export class UnauthorizedError extends ApiError {
  static {
    register(this, 'UnauthorizedError', 401);
  }
  declare readonly status: 401;
}

/** 403: the API key does not suffice; `code` tells whether a scope or its lifetime is at fault. */
export class ForbiddenError extends ApiError {
  static {
    register(this, 'ForbiddenError', 403);
  }
  declare readonly status: 403;
}

/** 404: the organization has no such key, or the API no such path; `code` tells which. */
export class NotFoundError extends ApiError {
  static {
    register(this, 'NotFoundError', 404);
  }
  declare readonly status: 404;
}

/** 409: the request does not fit the present state; `code` tells why. */
export class ConflictError extends ApiError {
  static {
    register(this, 'ConflictError', 409);
  }
  declare readonly status: 409;
}

/** 429: too many requests; the next may be sent after `retryAfter` seconds. */
export class RateLimitedError extends ApiError {
  static {
    register(this, 'RateLimitedError', 429);
  }
  declare readonly status: 429;
}

/** 503: the service cannot answer now. Unless `retryable`, the request may have been carried out. */
export class ServiceUnavailableError extends ApiError {
  static {
    register(this, 'ServiceUnavailableError', 503);
  }
  declare readonly status: 503;
}

/** The error of the class that the answer's status has. */
export function toApiError(response: Response, body: unknown): ApiError {
  return new (classes[response.status] ?? ApiError)(response, body);
}

/**
 * No answer came, or only part of one: `cause` is what `fetch` threw. The request may have been carried out all the same.
 */
export class ConnectionError extends Error {
  static {
    this.prototype.name = 'ConnectionError';
  }
  declare name: 'ConnectionError' | 'TimeoutError';
}

/** No complete answer came within the time-out of one attempt. The request may have been carried out all the same. */
export class TimeoutError extends ConnectionError {
  static {
    this.prototype.name = 'TimeoutError';
  }
  declare name: 'TimeoutError';
}
