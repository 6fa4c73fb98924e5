import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from '../ask.ts';
import { administer, basic, type Callers, createResourceServer, firstCallers } from '../callers.ts';
import { OPERATIONS, type Operation } from '../contract/contract.ts';
import { generateRequest, writeRequest } from '../contract/generate-request.ts';
import { chooseSeed, Random } from '../contract/random.ts';
import { type Service, withService } from '../service.ts';
import type { Trial } from '../trial.ts';

export const trial: Trial = {
  row: 19,
  promise: 'Nothing is open by accident',
  run: (full) =>
    withService(async (service) => {
      const callers = await firstCallers(service, await service.start());
      const random = new Random(chooseSeed());
      const retired = await retire(service, callers);
      const { id } = await callers.createKey();
      const rounds = full ? 20 : 2;
      let asked = 0;
      const open: string[] = [];
      let shut = 0;
      for (const operation of OPERATIONS) {
        const valid = callers.authorizationFor(operation);
        for (let round = 0; round < rounds; round += 1) {
          const request = writeRequest(generateRequest(operation, random, { ids: [id], tokens: ['none'] }));
          for (const [what, tried, authorization] of strangers(operation, request, valid, retired)) {
            const { status } = await callers.send(tried, authorization);
            asked += 1;
            if (status !== 401) open.push(`${operation.id} with ${what}: ${status}`);
          }
          // Whoever is a caller is let in, or the refusals would say nothing.
          if ((await callers.send(request, valid)).status === 401) shut += 1;
        }
      }
      return {
        did: `${OPERATIONS.length} operations without a valid credential, ${asked} requests`,
        figure: `${asked - open.length} of ${asked} were 401, ${shut} valid callers refused${open.map((one) => `; ${one}`).join('')}`,
        passed: asked > 0 && open.length === 0 && shut === 0,
      };
    }),
};

/** Callers who are none any more, by the scheme. */
interface Retired {
  readonly apiKey: readonly [string, string][];
  readonly resourceServer: readonly [string, string][];
}

async function retire(service: Service, callers: Callers): Promise<Retired> {
  const scopes = ['api-keys:manage', 'billing:read', 'trademarks:read'];
  const revoked = await callers.createKey({ scopes });
  await callers.revokeKey(revoked);
  const expires = Math.ceil(Date.now() / 1000) + 2;
  const expired = await callers.createKey({ scopes, expires_at: new Date(expires * 1000).toISOString() });
  const door = await createResourceServer(service);
  await administer(service, 'resource-servers', 'revoke', '--id', door.id);
  await sleep(Math.max(0, expires * 1000 - Date.now()) + 50);
  return {
    apiKey: [
      ['a revoked key', `Bearer ${revoked.key}`],
      ['an expired key', `Bearer ${expired.key}`],
    ],
    resourceServer: [
      ['a revoked resource server', basic(door)],
      ['an expired key', `Bearer ${expired.key}`],
    ],
  };
}

/** Requests of those who are no callers of the operation. */
function strangers(
  { scheme }: Operation,
  request: Question,
  valid: string,
  retired: Retired,
): [string, Question, (string | string[])?][] {
  const token = encodeURIComponent(valid.replace(/^\w+ /, ''));
  const path = `${request.path}${request.path.includes('?') ? '&' : '?'}access_token=${token}`;
  return [
    ['no token', request],
    ['garbage', request, 'garbage'],
    ['a garbage token', request, valid.replace(/ .*/, ' garbage')],
    ['two headers', request, [valid, valid]],
    ['two headers, one garbage', request, ['Bearer garbage', valid]],
    ['a token in the query', { ...request, path }],
    ...retired[scheme].map(([what, authorization]): [string, Question, string] => [what, request, authorization]),
  ];
}
