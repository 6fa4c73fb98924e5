import { firstCallers } from '../callers.ts';
import { withService } from '../service.ts';
import type { Trial } from '../trial.ts';

const API_KEYS = '/v1/organization/api-keys';
const MANAGE = 'api-keys:manage';

/** Every set of scopes, the empty one included. */
const SETS = [MANAGE, 'billing:read', 'trademarks:read'].reduce<string[][]>(
  (sets, scope) => [...sets, ...sets.map((set) => [...set, scope])],
  [[]],
);

/** A caller that holds nothing cannot exist: creating one is tried with each set, and refused. */
const HELD = SETS.filter((set) => set.length > 0);

export const trial: Trial = {
  row: 20,
  promise: 'Scopes cannot grow',
  run: (_full, tell) =>
    withService(async (service) => {
      const callers = await firstCallers(service, await service.start());
      const counts = { asked: 0, granted: 0, overGranted: 0, wronglyRefused: 0 };
      async function tried(method: string, path: string, key: string, body: object, isAllowed: boolean): Promise<void> {
        const { status } = await callers.send({ method, path, body }, `Bearer ${key}`);
        const isGranted = status < 300;
        counts.asked += 1;
        if (isGranted) counts.granted += 1;
        if (isGranted && !isAllowed) counts.overGranted += 1;
        if (!isGranted && isAllowed) counts.wronglyRefused += 1;
      }

      for (const held of HELD) {
        tell(`a caller that holds ${held.join(', ')}`);
        const { key } = await callers.createKey({ scopes: held });
        const mayManage = held.includes(MANAGE);
        for (const wanted of SETS) {
          const body = { name: `${held.join('+')} makes ${wanted.join('+')}`, scopes: wanted };
          await tried('POST', API_KEYS, key, body, mayManage && wanted.length > 0 && isWithin(wanted, held));
        }
        for (const before of HELD) {
          for (const wanted of SETS) {
            const { id } = await callers.createKey({ scopes: before });
            const isAllowed = mayManage && wanted.length > 0 && isWithin(wanted, [...held, ...before]);
            await tried('PATCH', `${API_KEYS}/${id}`, key, { scopes: wanted }, isAllowed);
          }
          const { id } = await callers.createKey({ scopes: before });
          await tried('POST', `${API_KEYS}/${id}/rotate`, key, {}, mayManage && isWithin(before, held));
        }
      }
      const { asked, granted, overGranted, wronglyRefused } = counts;
      return {
        did: `${SETS.length} × ${SETS.length} sets of scopes on create, update and rotate, ${asked} requests, ${granted} granted`,
        figure: `${overGranted} over-grants, ${wronglyRefused} wrongly refused`,
        passed: overGranted === 0 && wronglyRefused === 0 && granted > 0,
      };
    }),
};

function isWithin(scopes: readonly string[], held: readonly string[]): boolean {
  return scopes.every((scope) => held.includes(scope));
}
