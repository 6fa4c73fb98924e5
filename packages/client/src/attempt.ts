import { ConnectionError, TimeoutError, toApiError, type ApiError } from './errors.ts';
import { within } from './within.ts';

export interface AttemptOptions {
  /** Adds the credentials to a request that is about to be sent. What it throws reaches the caller as it is. */
  authorize: (request: Request) => Promise<void>;
  fetch: (request: Request) => Promise<Response>;
  /** How long an attempt may take until its answer is complete. */
  timeoutMs: number;
}

export interface Outcome {
  /** The answer, success or not, with its whole body. Not there when openapi-fetch could make nothing of it. */
  response?: Response;
  /** What the answer would be as an error, or why there is none: a ConnectionError, which has none of these. */
  error: Error & Partial<Pick<ApiError, 'status' | 'code' | 'retryable' | 'retryAfter'>>;
}

/**
 * Sends a copy of a request once and waits for the whole answer. The request's signal and the time-out end it at once, even
 * when `fetch` does not listen to them.
 *
 * @throws the reason of the request's signal once it is aborted.
 */
export async function attempt(request: Request, { authorize, fetch, timeoutMs }: AttemptOptions): Promise<Outcome> {
  const problem = `No answer to ${request.method} ${request.url}`;
  const ended = new AbortController();

  const exchange = async (): Promise<Outcome> => {
    // A body can be sent once only, so a copy is sent.
    //
    // Redirects are not followed: the API has none, and not every fetch takes the bearer token and the body out of a
    // request that is redirected to another origin. `manual`, because edge runtimes do not know `error`, and because
    // `error` looks like a failure of the network, which would be tried again.
    const copy = new Request(request.clone(), { redirect: 'manual', signal: ended.signal });
    await authorize(copy);
    try {
      const response = await fetch(copy);
      // Read here, so that the time-out covers the body, and an answer that breaks off is a failed attempt.
      let text = await response.text();
      // A proxy's page can quote the request that it was sent. Errors are logged, so the credential is taken out. Not if it
      // is so short that it may stand there by chance.
      const credential = /\S{16,}/.exec(copy.headers.get('Authorization') ?? '')?.[0];
      if (credential) text = text.replaceAll(credential, '***');
      const error = toApiError(response, parsed(text));
      // A success that is not JSON (none of the contract's is empty), or a redirect (whose status is 0 in browsers).
      if (response.ok ? error.body === text : response.status < 400) return { error };
      return { response: new Response(text, response), error };
    } catch (cause) {
      return { error: new ConnectionError(problem, { cause }) };
    }
  };

  const outcome = await within(timeoutMs, request.signal, exchange).finally(() => ended.abort());
  return outcome ?? { error: new TimeoutError(problem, { cause: ended.signal.reason }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
