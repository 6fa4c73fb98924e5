import { type AddressInfo, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * Stands between a client and a database, and cuts each connection when the client sends a text, as a network does that fails at the
 * worst moment.
 *
 * @param reaches whether the database still gets the text; its answer is lost either way
 * @param sparing how many times the text is let through before
 * @returns the database's URL by this way
 */
export async function cutConnectionsAt(
  text: string,
  url: string,
  { reaches }: { reaches: boolean },
  sparing = 0,
): Promise<string> {
  let spared = 0;
  const { hostname, port } = new URL(url);
  const server = createServer((client) => {
    const database = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    let isCut = false;
    database.on('data', (bytes) => {
      if (!isCut) client.write(bytes);
    });
    client.on('data', (bytes) => {
      isCut ||= bytes.includes(text) && ++spared > sparing;
      if (!isCut) database.write(bytes);
      else if (reaches) database.write(bytes, () => setTimeout(() => client.destroy(), 50));
      else client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const byThisWay = new URL(url);
  byThisWay.port = String((server.address() as AddressInfo).port);
  return byThisWay.href;
}
