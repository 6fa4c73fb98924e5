import { createRequire } from 'node:module';
import { portFromEnvironment } from '@signa/scripts/port.ts';
import { startPrism } from './prism.ts';

const host = '127.0.0.1';
const contract = createRequire(import.meta.url).resolve('@signa/openapi/openapi.json');

const greeting = (address: string) => `
The mock answers at ${address} with the contract's examples until you press Ctrl+C. Try:

  curl ${address}/v1/organization -H "Authorization: Bearer sig_xxxxxxxxxxxx"

Any bearer token will do, and nothing is remembered. A header chooses another answer, by status, by the example's
name in the contract, or by both:

  -H "Prefer: code=409"
  -H "Prefer: example=Revoked"
  -H "Prefer: code=403, example=InsufficientScope"

A request that breaks the contract is answered 400, 401 or 415; what is wrong with it is printed here.

`;

try {
  const port = portFromEnvironment('MOCK_PORT', 4010);
  await startPrism(contract, host, port);
  // Nothing is under way that would have to be finished.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  process.stdout.write(greeting(`http://${host}:${port}`));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
