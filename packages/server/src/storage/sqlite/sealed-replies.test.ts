import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createKey, createOrganization } from '../conformance/given.ts';
import { NOW, someDigest } from '../conformance/samples.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryFile } from './testing/temporary-folder.ts';

const LIMITS = { sealed: 1000, kept: 100_000 };

test('a ciphertext that was discarded is not left behind in the file', async () => {
  const file = temporaryFile();
  const store = await openSqliteStore({ file });
  const acme = await createOrganization(store, 'Acme');
  const [{ key: caller }, { key: revoked }, { key: kept }] = [
    await createKey(store, acme),
    await createKey(store, acme),
    await createKey(store, acme),
  ];
  const seal = async (apiKeyId: string, sealedUntil: number) => {
    const sealed = randomBytes(500);
    const reply = { lookUp: someDigest(), callerId: caller.id, fingerprint: someDigest(), apiKeyId, sealed };
    await store.change(acme.id, ({ sealedReplies }) =>
      sealedReplies.insert({ ...reply, sealedUntil, expiresAt: NOW + 86_400 }, LIMITS, NOW),
    );
    return sealed;
  };
  const sealed = {
    revoked: await seal(revoked.id, NOW + 3600),
    over: await seal(kept.id, NOW + 1),
    kept: await seal(kept.id, NOW + 3600),
  };
  await store.change(acme.id, ({ sealedReplies }) => sealedReplies.discardSecretsOf(revoked.id));
  await store.sealedReplies.prune(NOW + 1, 100);
  await store.close();

  const bytes = readFileSync(file);
  const isLeft = (ciphertext: Buffer) =>
    Array.from({ length: ciphertext.length - 15 }, (_, at) => ciphertext.subarray(at, at + 16)).some((part) =>
      bytes.includes(part),
    );
  expect({ revoked: isLeft(sealed.revoked), over: isLeft(sealed.over), kept: isLeft(sealed.kept) }).toEqual({
    revoked: false,
    over: false,
    kept: true,
  });
});
