import type { components } from '@signa/openapi';
import { type FieldError, invalidRequest } from '../errors/api-error.ts';
import { isWellFormedSecret } from './secret.ts';

/** Whether there is a secret somewhere in a text, an API key's or a resource server's, whoever's it is and whether or not it works. */
export function containsSecret(text: string): boolean {
  const candidates = [...text.matchAll(/(sig(?:rs)?_)[0-9a-f]{52}/g)];
  return candidates.some(([token, prefix]) => isWellFormedSecret(token, prefix === 'sigrs_' ? 'sigrs_' : 'sig_'));
}

type Labels = Pick<components['schemas']['UpdateApiKeyRequest'], 'name' | 'metadata'>;

/**
 * Refuses labels in which somebody has put a secret: they are shown to many, and the audit trail keeps them for good.
 *
 * @throws {ApiError} 400 that names the fields, without the secrets
 */
export function requireNoSecret({ name = '', metadata = {} }: Labels): void {
  const entries = Object.entries(metadata).map(([key, value]) => ({ path: pointerTo(key), text: `${key}\n${value}` }));
  const atFault = [{ path: '/name', text: name }, ...entries].filter(({ text }) => containsSecret(text));
  if (atFault.length === 0) return;
  const message = 'must not hold a secret: it would be kept for good. Rotate or revoke the key it belongs to';
  throw invalidRequest(atFault.map(({ path }): FieldError => ({ path, message })));
}

/** RFC 6901, section 3. */
function pointerTo(entry: string): string {
  return `/metadata/${entry.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
