import { boundedValues } from './bounded-values.js';
import { closedRequestObjects } from './closed-request-objects.js';
import { documentedHeaders } from './documented-headers.js';
import { examplesEverywhere } from './examples-everywhere.js';
import { repeatablePosts } from './repeatable-posts.js';
import { sharedErrorResponses } from './shared-error-responses.js';

/**
 * The conventions of this API that Redocly's assertions cannot express, as rules of our own. They are turned on, and
 * given their lists, in redocly.yaml, where the conventions that assertions can express stand as `rule/…`.
 *
 * openapi-typescript reads the same configuration and lints with an older Redocly (1.x) before it generates, so a rule
 * uses only what both offer.
 */
export default function signa() {
  return {
    id: 'signa',
    rules: {
      oas3: {
        'bounded-values': boundedValues,
        'closed-request-objects': closedRequestObjects,
        'documented-headers': documentedHeaders,
        'examples-everywhere': examplesEverywhere,
        'repeatable-posts': repeatablePosts,
        'shared-error-responses': sharedErrorResponses,
      },
    },
  };
}
