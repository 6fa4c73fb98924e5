import { describe, expect, test } from 'vitest';
import type { RequestLogFilter } from '../request-log-store.ts';
import { plansOf } from './testing/plans-of.ts';

const PLACE = '(occurred_at,nth)<(?,?)';
const ORGANIZATION = expect.stringMatching(/^SEARCH organizations USING COVERING INDEX /);

const byTime = `SEARCH request_logs USING PRIMARY KEY (organization=? AND occurred_at>? AND ${PLACE})`;
const byKey = `SEARCH request_logs USING INDEX request_logs_api_key (organization=? AND api_key_id=? AND occurred_at>? AND ${PLACE})`;
const byError = `SEARCH request_logs USING INDEX request_logs_errors (organization=? AND status=? AND occurred_at>? AND ${PLACE})`;

describe('a page of the request logs', () => {
  test.each<{ filter: Partial<RequestLogFilter>; seek: string }>([
    { filter: {}, seek: byTime },
    { filter: { status: 200 }, seek: byTime },
    { filter: { method: 'GET', path: '/v1/organization' }, seek: byTime },
    { filter: { status: 404 }, seek: byError },
    { filter: { status: 404, method: 'GET' }, seek: byError },
    { filter: { apiKeyId: 'key_1' }, seek: byKey },
    { filter: { apiKeyId: 'key_1', status: 404, path: '/v1/organization' }, seek: byKey },
  ])(
    'with $filter begins at its place and sorts nothing, so that its depth costs nothing',
    async ({ filter, seek }) => {
      const page = { before: { occurredAt: 2_000, nth: 1 }, limit: 20 };
      const plans = await plansOf((store) => store.requestLogs.list('orgn_1', { from: 1_000, ...filter }, page));
      const lists = [...plans].filter(([sql]) => /SELECT .*FROM organizations JOIN request_logs/s.test(sql));
      expect(lists.map(([, steps]) => steps)).toEqual([
        ['CO-ROUTINE candidates', ORGANIZATION, seek, 'SCAN candidates'],
        [ORGANIZATION, seek.replace('USING INDEX', 'USING COVERING INDEX')],
      ]);
    },
  );

  test('to prune begins at the oldest row of all, and finds each by its place', async () => {
    const plans = await plansOf(async () => {});
    const [prune] = [...plans].filter(([sql]) => sql.includes('DELETE FROM request_logs')).map(([, steps]) => steps);
    expect(prune).toEqual([
      'SEARCH request_logs USING PRIMARY KEY (organization=? AND occurred_at=? AND nth=?)',
      expect.stringMatching(/^LIST SUBQUERY/),
      'SEARCH request_logs USING COVERING INDEX request_logs_age (occurred_at<?)',
    ]);
  });
});

test('a summary of usage reads the sums of its days, and sorts nothing but groups', async () => {
  const plans = await plansOf(async () => {});
  const [plan] = [...plans].filter(([sql]) => sql.includes('SELECT member AS')).map(([, steps]) => steps);
  const reads = plan!.filter((step) => /^SEARCH usage_counts|^SCAN (?!\(subquery|period)/.test(step));
  const ofDay = 'SEARCH usage_counts USING PRIMARY KEY (organization=? AND kind=? AND day=? AND member>?';
  expect(reads).toEqual([`${ofDay} AND member<?)`]);
  const [end] = [...plans].filter(([sql]) => sql.includes('SELECT min((SELECT member')).map(([, steps]) => steps);
  expect(end).toContain(`${ofDay})`);
  expect(end!.filter((step) => step.includes('B-TREE'))).toEqual([]);
});
