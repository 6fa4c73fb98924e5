import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly 'x-codeSamples': readonly { readonly label: string; readonly source: string }[];
}

/** As much of the contract as the page's frame needs; the page itself is Redocly's work. */
export interface Contract {
  readonly info: { readonly title: string; readonly summary: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Where the bundled contract is, as a path. */
export const contractPath = createRequire(import.meta.url).resolve('@signa/openapi/openapi.json');

/** The bundled contract. The cast holds because the contract's own lint demands these fields. */
export function readContract(): Contract {
  return JSON.parse(readFileSync(contractPath, 'utf8')) as Contract;
}

/** Every operation of the contract, in its order. */
export function operationsOf(contract: Contract): Operation[] {
  return Object.values(contract.paths).flatMap((path) =>
    Object.values(path).filter((member) => member.operationId !== undefined),
  );
}
