import type { TestApi, TestRequest, TestResponse } from './start-api.ts';

const KEYS = '/v1/organization/api-keys';

/** Sends the requests of one caller as they are: a body may break the contract, and a path may be anything. */
export interface TestCaller {
  create(body: unknown, headers?: TestRequest['headers']): Promise<TestResponse>;
  list(query?: Readonly<Record<string, string>>): Promise<TestResponse>;
  get(id: string): Promise<TestResponse>;
  update(id: string, body: unknown): Promise<TestResponse>;
  rotate(id: string, body?: unknown, headers?: TestRequest['headers']): Promise<TestResponse>;
  revoke(id: string): Promise<TestResponse>;
  getOrganization(): Promise<TestResponse>;
}

export function callerOf({ send }: Pick<TestApi, 'send'>, { key }: { readonly key: string }): TestCaller {
  return {
    create: (body, headers = {}) => send({ key, method: 'POST', path: KEYS, body, headers }),
    list: (query = {}) => send({ key, path: `${KEYS}?${new URLSearchParams(query)}`.replace(/\?$/, '') }),
    get: (id) => send({ key, path: `${KEYS}/${id}` }),
    update: (id, body) => send({ key, method: 'PATCH', path: `${KEYS}/${id}`, body }),
    rotate: (id, body, headers = {}) => send({ key, method: 'POST', path: `${KEYS}/${id}/rotate`, body, headers }),
    revoke: (id) => send({ key, method: 'DELETE', path: `${KEYS}/${id}` }),
    getOrganization: () => send({ key, path: '/v1/organization' }),
  };
}
