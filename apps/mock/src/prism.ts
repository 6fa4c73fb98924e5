import { portInUse } from '@signa/scripts/port.ts';
// What the command `prism mock` calls. The command itself goes on running when it could not start.
import { createRequire } from 'node:module';
import { createSingleProcessPrism } from '@stoplight/prism-cli/dist/util/createServer.js';

/**
 * Starts Prism on a description: it answers with the examples, checks requests, and lets browsers of any origin in.
 *
 * @throws an Error whose message says why it cannot start, for the person who starts it.
 */
export async function startPrism(description: string, host: string, port: number): Promise<void> {
  answerInvalidRequestsWith400();
  try {
    const prism = (await createSingleProcessPrism({
      document: description,
      host,
      port,
      cors: true,
      dynamic: false,
      ignoreExamples: false,
      errors: false,
      multiprocess: false,
      // Its own messages at the start say little to someone who does not know Prism.
      verboseLevel: 'silent',
      seed: '',
      jsonSchemaFakerFillProperties: false,
    })) as { logger: { level: string } };
    prism.logger.level = 'warn';
  } catch (problem) {
    // Prism throws the message of a listener's error, without the error.
    if (String(problem).includes('EADDRINUSE')) {
      throw portInUse('MOCK_PORT', port, problem);
    }
    throw problem;
  }
}

/**
 * Prism answers a request that breaks the contract with 422 where there is one, and with 400 otherwise. This API's 422 says something
 * else: that an Idempotency-Key was used before. There is no option for it.
 */
function answerInvalidRequestsWith400(): void {
  // From where Prism itself finds the module, so that it is the same object.
  const requireAsPrism = createRequire(createRequire(import.meta.url).resolve('@stoplight/prism-cli/package.json'));
  const { default: negotiator } = requireAsPrism(
    '@stoplight/prism-http/dist/mocker/negotiator/NegotiatorHelpers.js',
  ) as {
    default: {
      negotiateOptionsForInvalidRequest: (responses: unknown, statuses: number[], example: unknown) => unknown;
    };
  };
  const negotiate = negotiator.negotiateOptionsForInvalidRequest;
  negotiator.negotiateOptionsForInvalidRequest = (responses, statuses, example) =>
    negotiate(
      responses,
      statuses.filter((status) => status !== 422),
      example,
    );
}
