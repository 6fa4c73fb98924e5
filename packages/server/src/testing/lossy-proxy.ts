import { connect, createServer, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection to an API that loses answers when it is told to. Lives as long as the test. */
export interface LossyProxy {
  readonly url: string;
  /** The connection over which the next answer comes is cut before its first byte has passed: whatever it tells of has been done. */
  loseNextAnswer(): void;
  /** How many answers were lost. */
  readonly lost: number;
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  let losesNext = false;
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    const end = () => [client, upstream].forEach((socket) => socket.destroy());
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.pipe(upstream);
    upstream.on('data', (bytes) => {
      if (!losesNext) return void client.write(bytes);
      losesNext = false;
      lost += 1;
      client.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseNextAnswer: () => void (losesNext = true),
    get lost() {
      return lost;
    },
  };
}
