import type { Dependencies } from '../dependencies.ts';
import type { Organization, OrganizationBudget, OrganizationLimits } from '../keys/api-key.ts';
import { generateId } from '../keys/ids.ts';

type Needs = Pick<Dependencies, 'store' | 'clock' | 'random'>;

const BUDGETS: readonly OrganizationBudget[] = ['reads', 'writes'];

/** The most requests a minute that a limit may be. */
export const HIGHEST_LIMIT = 1_000_000_000;

/**
 * Gives an organization limits of its own, in requests a minute from 1 to {@link HIGHEST_LIMIT}, or with null the process's; what is
 * left out stays. It holds from the next request on, also in servers that run. Recorded in the operators' audit chain, unless it
 * changes nothing.
 *
 * @returns the organization as it is now
 * @throws {OrganizationNotFoundError}
 */
export function setLimits(
  { store, clock, random }: Needs,
  organizationId: string,
  wanted: Partial<OrganizationLimits>,
): Promise<Organization> {
  return store.changeAsOperator(async (transaction) => {
    const { organization } = await transaction.lockOrganization(organizationId);
    const limits = { ...organization.limits, ...wanted };
    const changed = BUDGETS.filter((budget) => limits[budget] !== organization.limits[budget]);
    if (changed.length === 0) return organization;
    await transaction.setLimits(organizationId, limits);
    await transaction.appendAudit({
      id: generateId('evt', random),
      action: 'organization.limits_changed',
      occurredAt: clock(),
      actor: { type: 'operator' },
      target: { type: 'organization', id: organizationId },
      before: Object.fromEntries(changed.map((budget) => [budget, organization.limits[budget]])),
      after: Object.fromEntries(changed.map((budget) => [budget, limits[budget]])),
      requestId: null,
      clientAddress: null,
    });
    return { ...organization, limits };
  });
}
