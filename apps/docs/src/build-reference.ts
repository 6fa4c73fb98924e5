import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { renderReference } from './render-reference.ts';

/** Writes the page and the policy to send with it into a folder: `index.html` and `content-security-policy.txt`. */
export async function buildReference(folder: string): Promise<void> {
  const html = await renderReference();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), html);
  await writeFile(join(folder, 'content-security-policy.txt'), contentSecurityPolicy(html));
}
