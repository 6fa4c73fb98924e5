import express from 'express';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createOperations } from '../operations/index.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ApiError } from '../errors/api-error.ts';
import { description } from './description.ts';
import { offerSecondOpinion, sendReply } from './reply.ts';
import { validateByContract } from './request-validation.ts';
import { ResponseCompiler } from './responses.ts';
import { contractRouter } from './router.ts';

const handlers = createOperations({} as Dependencies);
const entrance = {
  enter: async () => {
    throw new Error('nobody');
  },
};
const options = {
  description,
  compiler: new ResponseCompiler(description),
  handlers,
  entrances: { apiKey: entrance, resourceServer: entrance },
  refuse: (_clientAddress: string | null, unauthorized: ApiError) => unauthorized,
  validateResponses: false,
};

test('the contract and the operations of this server fit', () => {
  expect(() => contractRouter(options)).not.toThrow();
});

test('start-up refuses an operation that has no handler', () => {
  const { rotateApiKey: _, ...others } = handlers;
  expect(() => contractRouter({ ...options, handlers: others as typeof handlers })).toThrow(
    'The operation rotateApiKey has no handler.',
  );
});

test('start-up refuses a handler that belongs to no operation', () => {
  const more = { ...handlers, deleteEverything: handlers.revokeApiKey } as typeof handlers;
  expect(() => contractRouter({ ...options, handlers: more })).toThrow('The handler deleteEverything');
});

test('start-up refuses an operation without stated security', () => {
  const open = structuredClone(description);
  delete (open.paths['/v1/organization'] as { get: { security?: unknown } }).get.security;
  expect(() => contractRouter({ ...options, description: open })).toThrow('GET /v1/organization states no security.');
});

test('start-up refuses a security scheme that nothing implements', () => {
  const entrances = { resourceServer: entrance } as unknown as typeof options.entrances;
  expect(() => contractRouter({ ...options, entrances })).toThrow('the security scheme apiKey');
});

test('start-up refuses a media type that nothing reads', () => {
  const csv = structuredClone(description);
  const operation = csv.paths['/v1/organization/api-keys'] as { post: { requestBody: { content: object } } };
  operation.post.requestBody.content = { 'text/csv': { schema: {} } };
  expect(() => contractRouter({ ...options, description: csv })).toThrow('createApiKey takes text/csv');
});

test('express-openapi-validator withholds what the writer of responses has overlooked', async () => {
  const overlooked = { object: 'identity', org_id: 'nobody' };
  const app = express();
  app.enable('strict routing');
  const errors: unknown[] = [];
  app.get('/v1/organization', offerSecondOpinion, ...validateByContract(description, true), (_request, response) => {
    const payload = JSON.stringify(overlooked);
    sendReply(response, { operationId: 'getOrganization', status: 200, headers: {}, body: overlooked, payload });
  });
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    errors.push(error);
    response.status(500).removeHeader('Content-Length');
    response.end();
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/organization`);
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('');
  expect(String(errors[0])).toContain("must have required property 'org_name'");
  await new Promise((resolve) => server.close(resolve));
});
