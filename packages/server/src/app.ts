import express, { type Express } from 'express';
import { logAccess } from './access-log.ts';
import { beginRequest } from './begin-request.ts';
import { contextOf } from './contract/context.ts';
import { description } from './contract/description.ts';
import { ResponseCompiler } from './contract/responses.ts';
import { contractRouter } from './contract/router.ts';
import type { Dependencies } from './dependencies.ts';
import { ApiError } from './errors/api-error.ts';
import { answerErrors } from './errors/error-response.ts';
import { whenFinished } from './finished-request.ts';
import { authenticateResourceServer } from './introspection/authenticate.ts';
import { authenticate } from './keys/authenticate.ts';
import { limitFailedAuthentications } from './limits/limit-failed-authentications.ts';
import { admissionOf } from './limits/admission.ts';
import { chargesOf } from './limits/charges.ts';
import { countInMemory } from './limits/counted-look-ups.ts';
import { createOperations } from './operations/index.ts';
import { logRequests } from './request-logs/log-requests.ts';
import { servicePages } from './service-pages.ts';
import { UNROUTED } from './unrouted.ts';

/**
 * The Organization API as an Express app.
 *
 * @throws {ContractError} when the contract and the operations do not fit: a handler is missing, or security is not stated
 */
export function createApp(dependencies: Dependencies): Express {
  const { store, clock, steadyClock = clock, random, log, lastUsed, requestLogs, limits, metrics } = dependencies;
  const lookUps = store.countedLookUps ?? countInMemory(store, steadyClock);
  const compiler = new ResponseCompiler(description);
  const listeners = [logAccess(log), logRequests(requestLogs, clock), ...(metrics ? [metrics.countRequest] : [])];
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.set('query parser', 'simple');
  app.set('trust proxy', dependencies.trustProxy ?? false);

  app.use(beginRequest(random));
  app.use(whenFinished(clock, ...listeners));
  app.use(servicePages(dependencies));
  app.use(
    contractRouter({
      description,
      compiler,
      handlers: createOperations(dependencies),
      entrances: {
        apiKey: {
          async enter(request, operation) {
            const [charges, now] = [chargesOf(operation, limits), clock()];
            const find = (digest: Uint8Array) => lookUps.findApiKey(digest, charges, now);
            const { caller, tally } = await authenticate(request, find, now);
            lastUsed.record(caller.apiKey.id, clock(), []);
            const { apiKey, organization } = caller;
            const context = contextOf(request.res!);
            if (!tally.admitted) context.exhaustedBudget = tally.budget;
            context.owner = {
              organizationId: organization.id,
              apiKeyId: apiKey.id,
              apiKeyPrefix: apiKey.prefix,
            };
            return { caller, admission: admissionOf(tally) };
          },
          noteEntry: ({ scopes }, { apiKey }) => lastUsed.record(apiKey.id, clock(), scopes),
        },
        resourceServer: {
          async enter(request) {
            const { caller, tally } = await authenticateResourceServer(request, (id, digest) =>
              lookUps.findResourceServer(id, digest, limits.introspections),
            );
            const context = contextOf(request.res!);
            if (!tally.admitted) context.exhaustedBudget = tally.budget;
            context.resourceServerId = caller.resourceServer.id;
            return { caller, admission: admissionOf(tally) };
          },
        },
      },
      refuse: limitFailedAuthentications(steadyClock, dependencies.failedAuthentications),
      validateResponses: dependencies.validateResponses ?? false,
    }),
  );
  app.use((request) => {
    throw new ApiError('route_not_found', `There is no operation at ${request.path}.`);
  });
  app.use(answerErrors(log, compiler.compile(UNROUTED)));
  return app;
}
