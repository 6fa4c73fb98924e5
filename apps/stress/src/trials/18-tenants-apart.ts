import { type Callers, firstCallers, otherCallers } from '../callers.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { generateRequest, writeRequest } from '../contract/generate-request.ts';
import { chooseSeed, Random } from '../contract/random.ts';
import { withService } from '../service.ts';
import type { Trial } from '../trial.ts';

export const trial: Trial = {
  row: 18,
  promise: 'Two tenants never meet',
  run: (full) =>
    withService(async (service) => {
      const server = await service.start();
      const own = await firstCallers(service, server);
      const other = await otherCallers(service, server);
      const random = new Random(chooseSeed());
      const ids = await keysOf(other, full ? 20 : 3);
      const before = await seenBy(other, ids);
      let asked = 0;
      let wrong = 0;
      for (const operation of OPERATIONS.filter(({ path }) => path.includes('{id}'))) {
        for (const id of ids) {
          const request = writeRequest(generateRequest(operation, random, { ids: [id], tokens: [''] }));
          const { status } = await own.send(request, own.authorizationFor(operation));
          asked += 1;
          if (status !== 404) wrong += 1;
        }
      }
      let lists = 0;
      let met = 0;
      for (const operation of OPERATIONS) {
        for (const { name } of operation.parameters.filter(({ in: place }) => place === 'query')) {
          if (!['created_by', 'api_key_id', 'actor_id', 'target_id'].includes(name)) continue;
          for (const id of ids) {
            const { status, text } = await own.send(
              { path: `${operation.path}?${name}=${id}` },
              own.authorizationFor(operation),
            );
            lists += 1;
            if (status !== 200 || (JSON.parse(text) as { data: unknown[] }).data.length > 0) met += 1;
          }
        }
      }
      const changed = before === (await seenBy(other, ids)) ? 0 : 1;
      return {
        did: `${asked} requests and ${lists} filtered lists with the ids of another tenant's ${ids.length} keys`,
        figure: `${asked - wrong} of ${asked} were 404, ${met} lists held anything, ${changed} changes to the other tenant`,
        passed: asked > 0 && lists > 0 && wrong === 0 && met === 0 && changed === 0,
      };
    }),
};

/** The ids of active keys and of revoked ones. */
async function keysOf(callers: Callers, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const [active, revoked] = [await callers.createKey(), await callers.createKey()];
    await callers.revokeKey(revoked);
    ids.push(active.id, revoked.id);
  }
  return ids;
}

/** The keys as their own tenant sees them. */
async function seenBy(callers: Callers, ids: readonly string[]): Promise<string> {
  const seen: string[] = [];
  for (const id of ids) {
    const path = `/v1/organization/api-keys/${id}`;
    const { text } = await callers.send({ path }, `Bearer ${callers.manager}`);
    seen.push(text.replace(/"request_id":"[^"]*"/, ''));
  }
  return seen.join('\n');
}
