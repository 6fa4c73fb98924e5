import { toApiError } from './errors.ts';

/** What a method of openapi-fetch's client resolves to. */
type CallResult = { data?: unknown; error?: unknown; response: Response };

/**
 * The data of a successful call, as the contract types it.
 *
 * @throws ApiError for any other answer, of the class that its status has; ConnectionError or TimeoutError when no complete
 * answer came; the signal's reason when the call was aborted.
 */
export async function unwrap<Result extends CallResult>(
  call: Promise<Result>,
): Promise<Extract<Result, { error?: never }>['data']> {
  const { data, error, response } = await call;
  if (!response.ok) throw toApiError(response, error);
  return data;
}
