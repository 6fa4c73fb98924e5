import type { Operation } from '../contract/operations.ts';

/**
 * The path of a request as it may be kept: its template, with those of its parameters filled in that are what the contract says they
 * are. A secret that somebody put there, encoded in whichever way, is none of these.
 */
export function loggedPath(
  { path: template, parameters }: Pick<Operation, 'path' | 'parameters'>,
  path: string,
): string {
  const sent = path.split('/');
  return template
    .split('/')
    .map((segment, index) => {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      const pattern = parameters.find((parameter) => parameter.name === name)?.schema['pattern'];
      const value = sent[index] ?? '';
      return typeof pattern === 'string' && new RegExp(pattern, 'u').test(value) ? value : segment;
    })
    .join('/');
}
