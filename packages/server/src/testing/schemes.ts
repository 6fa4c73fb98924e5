import type { Scheme } from '../contract/handler.ts';
import type { Operation } from '../contract/operations.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import { SCOPES } from '../index.ts';
import { generateSecret } from '../keys/secret.ts';
import { basic, bearer } from './credentials.ts';
import type { TestApi, TestOrganization, TestResourceServer } from './start-api.ts';

/** Who there is to call with. */
export interface Given {
  readonly api: TestApi;
  readonly organization: TestOrganization;
  readonly resourceServer: TestResourceServer;
}

/** How a stranger is answered. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly challenge: string;
}

/** What the tests of every operation know of a security scheme. */
export interface TestScheme {
  /** The `Authorization` of a caller who may do whatever the scheme is good for. */
  readonly valid: (given: Given) => string;
  /** For those who bring no credential of the scheme. */
  readonly missing: Refusal;
  /** For those who bring one that is not valid. */
  readonly refused: Refusal;
  /** The `Authorization` of those who never were a caller. */
  readonly strangers: readonly {
    readonly who: string;
    readonly authorization: (given: Given) => string;
    readonly refusal: 'missing' | 'refused';
  }[];
  /** Makes callers who are none any more. */
  readonly retired: (given: Given) => Promise<string[]>;
}

const unknownKey = generateSecret((size) => new Uint8Array(size).fill(7));
const unknownServer = generateSecret((size) => new Uint8Array(size).fill(7), 'sigrs_');
const anId = 'rs_0000000000000000';

/** The schemes of the contract. The compiler asks for those that are missing. */
const SCHEMES: Readonly<Record<Scheme, TestScheme>> = {
  apiKey: {
    valid: ({ organization }) => bearer(organization.manager),
    missing: { code: 'missing_credentials', challenge: 'Bearer realm="signa"' },
    refused: { code: 'invalid_credentials', challenge: 'Bearer realm="signa", error="invalid_token"' },
    strangers: [
      { who: 'a resource server', authorization: ({ resourceServer }) => basic(resourceServer), refusal: 'missing' },
      { who: 'a bearer of nothing', authorization: () => 'Bearer ', refusal: 'missing' },
      { who: 'a bearer of garbage', authorization: () => 'Bearer garbage', refusal: 'refused' },
      { who: 'a bearer of two tokens', authorization: () => 'Bearer garbage garbage', refusal: 'refused' },
      { who: 'a bearer of a key that does not exist', authorization: () => `Bearer ${unknownKey}`, refusal: 'refused' },
      {
        who: "a bearer of a resource server's secret",
        authorization: ({ resourceServer }) => `Bearer ${resourceServer.secret}`,
        refusal: 'refused',
      },
    ],
    async retired({ api, organization }) {
      const [revoked, expired, rotated] = [
        await organization.createKey({ scopes: SCOPES }),
        await organization.createKey({ scopes: SCOPES, expires_at: api.clock.timestampIn(60) }),
        await organization.createKey({ scopes: SCOPES }),
      ];
      const as = { key: organization.manager.key };
      await api.send({ ...as, method: 'DELETE', path: `/v1/organization/api-keys/${revoked.id}` });
      await api.send({ ...as, method: 'POST', path: `/v1/organization/api-keys/${rotated.id}/rotate` });
      api.clock.advance(60);
      return [revoked, expired, rotated].map(bearer);
    },
  },
  resourceServer: {
    valid: ({ resourceServer }) => basic(resourceServer),
    missing: { code: 'missing_credentials', challenge: 'Basic realm="signa"' },
    refused: { code: 'invalid_credentials', challenge: 'Basic realm="signa"' },
    strangers: [
      { who: 'an API key', authorization: ({ organization }) => bearer(organization.manager), refusal: 'missing' },
      { who: 'a name of nothing', authorization: () => 'Basic ', refusal: 'missing' },
      { who: 'garbage', authorization: () => 'Basic garbage', refusal: 'refused' },
      {
        who: 'a credential and something more',
        authorization: ({ resourceServer }) => `${basic(resourceServer)} garbage`,
        refusal: 'refused',
      },
      {
        who: 'a secret and something more',
        authorization: ({ resourceServer: { id, secret } }) => basic({ id, secret: `${secret}:` }),
        refusal: 'refused',
      },
      {
        who: 'a resource server that does not exist',
        authorization: () => basic({ id: anId, secret: unknownServer }),
        refusal: 'refused',
      },
      {
        who: 'a resource server with a wrong secret',
        authorization: ({ resourceServer: { id } }) => basic({ id, secret: unknownServer }),
        refusal: 'refused',
      },
      {
        who: "another resource server's secret",
        authorization: ({ resourceServer: { secret } }) => basic({ id: anId, secret }),
        refusal: 'refused',
      },
      {
        who: 'an API key as the secret',
        authorization: ({ resourceServer: { id }, organization }) => basic({ id, secret: organization.manager.key }),
        refusal: 'refused',
      },
    ],
    async retired({ api }) {
      const revoked = await api.createResourceServer();
      await revoked.revoke();
      return [basic(revoked)];
    },
  },
};

/** The scheme of an operation, as the tests know it. */
export function schemeOf(operation: Operation): TestScheme {
  return SCHEMES[nameOf(operation)];
}

/** The cast holds because the compiler's schemes are those of the operations: both are read from one contract. */
export function nameOf({ scheme }: Operation): Scheme {
  return scheme as Scheme;
}
