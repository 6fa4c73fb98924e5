import { type Answer, ask } from './ask.ts';

const API_KEYS = '/v1/organization/api-keys';

export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** @throws Error when it was not created */
export async function makeKey(url: string, key: string, name: string, scopes: readonly string[]): Promise<MadeKey> {
  const answer = await ask(url, { method: 'POST', path: API_KEYS, key, body: { name, scopes } });
  if (answer.status !== 201) throw new Error(`No key was created: ${answer.status} ${codeOf(answer)}`);
  return JSON.parse(answer.text) as MadeKey;
}

export function revoke(url: string, key: string, id: string): Promise<Answer> {
  return ask(url, { method: 'DELETE', path: `${API_KEYS}/${id}`, key });
}

/** Whether a key is let in. */
export async function works(url: string, key: string): Promise<boolean> {
  return (await ask(url, { path: '/v1/organization', key })).status === 200;
}

/** What a refusal says that it is. */
export function codeOf({ text }: Answer): string {
  return (JSON.parse(text) as { error?: { code?: string } }).error?.code ?? '';
}

export interface AuditEvent {
  readonly sequence: number;
  readonly before: { readonly prefix?: string };
  readonly after: { readonly prefix?: string };
}

/** The newest events that match, newest first, at most 100. */
export async function auditEvents(url: string, key: string, filter: Record<string, string>): Promise<AuditEvent[]> {
  const query = new URLSearchParams({ limit: '100', ...filter });
  const answer = await ask(url, { path: `/v1/organization/audit-events?${query}`, key });
  if (answer.status !== 200) throw new Error(`The audit events were not read: ${answer.status} ${codeOf(answer)}`);
  return (JSON.parse(answer.text) as { data: AuditEvent[] }).data;
}
