import { readFileSync } from 'node:fs';

/** Whether `.dockerignore` keeps a path out of the image's context. As Docker has it, the last pattern that matches decides. */
export function dockerIgnore(file: string | URL): (path: string) => boolean {
  const rules = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ ignores: !line.startsWith('!'), pattern: toRegExp(line.replace(/^!/, '')) }));
  // The context itself is no path in it.
  return (path) => path !== '' && (rules.findLast(({ pattern }) => pattern.test(path))?.ignores ?? false);
}

/** A pattern also matches what lies in a folder that it matches. */
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((segment) => (segment === '**' ? '**' : segment.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')))
    .join('/')
    .replaceAll('**/', '(?:.*/)?');
  return new RegExp(`^${source}(?:/|$)`);
}
