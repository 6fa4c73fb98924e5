import { beforeAll, describe, expect, test } from 'vitest';
import redocly from './redocly.guarantees.ts';
import boundedValues from './bounded-values.guarantees.ts';
import closedRequestObjects from './closed-request-objects.guarantees.ts';
import documentedHeaders from './documented-headers.guarantees.ts';
import examplesEverywhere from './examples-everywhere.guarantees.ts';
import repeatablePosts from './repeatable-posts.guarantees.ts';
import sharedErrorResponses from './shared-error-responses.guarantees.ts';
import { changedContract, type Guarantees } from './testing/guarantees.ts';
import { lint, type Problem } from './testing/lint.ts';

const promised: Guarantees = {
  ...redocly,
  ...boundedValues,
  ...closedRequestObjects,
  ...documentedHeaders,
  ...examplesEverywhere,
  ...repeatablePosts,
  ...sharedErrorResponses,
};

const rows = Object.values(promised).flat();
let linted: Problem[][];

// One run of Redocly for all of them, because starting it takes longest.
beforeAll(async () => {
  linted = await lint([changedContract({ given: {} }), ...rows.map(changedContract)]);
}, 60_000);

test('the contract that every row changes keeps all conventions', () => {
  expect(linted[0]).toEqual([]);
});

describe.for(Object.entries(promised))('%s', ([rule, table]) => {
  test.for(table.map((row) => [row.that, row] as const))('%s', ([, row]) => {
    const problems = linted[1 + rows.indexOf(row)]!;
    const reportedBy = (...ids: string[]) => problems.filter(({ ruleId }) => ids.includes(ruleId)).map(({ at }) => at);

    // A contract that is not OpenAPI proves nothing about another rule.
    const broken = ['struct', 'no-unresolved-refs'].filter((id) => id !== rule);
    expect(reportedBy(...broken)).toEqual([]);
    expect(reportedBy(rule).toSorted()).toEqual(row.want.toSorted());
  });
});
