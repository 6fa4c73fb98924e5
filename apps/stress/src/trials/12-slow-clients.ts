import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.ts';
import { quantile } from '../quantile.ts';
import { withService } from '../service.ts';
import { watchSockets } from '../sockets.ts';
import { toolPath } from '../tools.ts';
import type { Trial } from '../trial.ts';

const CLOSED_WITHIN_MS = 20_000;
const PROBE_P99_MS = 100;
/** CI's machine does other things as well. Whether the others starve shows there too. */
const PROBE_P99_MS_IN_CI = 500;

interface Target {
  readonly url: string;
  readonly key: string;
}

interface Size {
  readonly connections: number;
  /** How long a client goes on at most, which is longer than it may. */
  readonly seconds: number;
}

/** What clients do slowly. Each resolves when all of its connections are closed, or its time is up. */
const ATTACKS: Readonly<Record<string, (target: Target, size: Size) => Promise<void>>> = {
  header: slowhttptest('/v1/organization', '-H', '-i', '5', '-x', '24'),
  body: slowhttptest('/v1/organization/api-keys', '-B', '-i', '5', '-s', '8192', '-x', '10'),
  // A large answer, asked for again and again, and fetched in a few bytes a second.
  read: slowhttptest('/v1/openapi.json', '-X', '-w', '10', '-y', '20', '-n', '5', '-z', '32', '-k', '10'),
  'no read': fetchNothing,
};

export const trial: Trial = {
  row: 12,
  promise: 'Slow clients do not starve others',
  async run(full, tell) {
    const size = full ? { connections: 500, seconds: 60 } : { connections: 50, seconds: 24 };
    const allowed = full ? PROBE_P99_MS : PROBE_P99_MS_IN_CI;
    const figures: string[] = [];
    let passed = true;
    for (const [name, attack] of Object.entries(ATTACKS)) {
      tell(`${size.connections} connections, slow ${name}, up to ${size.seconds} s`);
      const { longest, most, p99 } = await probeUnder(attack, size);
      // Unless they were there, nothing was tried.
      passed &&= longest <= CLOSED_WITHIN_MS && p99 < allowed && most >= size.connections * 0.9;
      figures.push(`${name}: ${most} open, closed within ${(longest / 1000).toFixed(1)} s, p99 ${p99.toFixed(0)} ms`);
    }
    return {
      did: `${size.connections} connections of slowhttptest, up to ${size.seconds} s for each kind`,
      figure: figures.join('; '),
      passed,
    };
  },
};

function probeUnder(attack: (target: Target, size: Size) => Promise<void>, size: Size) {
  return withService(async (service) => {
    const server = await service.start();
    const sockets = watchSockets(server.pid);
    const over = attack({ url: server.url, key: service.firstKey }, size).then(() => true);
    const times: number[] = [];
    const agent = new Agent({ keepAlive: false });
    while (!(await Promise.race([over, sleep(50, false)]))) {
      const answer = await ask(server.url, { path: '/health/live', agent }).catch(() => null);
      times.push(answer?.status === 200 ? answer.ms : Infinity);
    }
    return { longest: Math.max(...(await sockets.end())), most: sockets.most, p99: quantile(times, 0.99) };
  });
}

function slowhttptest(path: string, ...args: readonly string[]) {
  return async ({ url, key }: Target, { connections, seconds }: Size): Promise<void> => {
    // The credential goes in with the one header that can be told: without it a body would be refused before it is read.
    const header = `application/json\r\nAuthorization: Bearer ${key}`;
    const size = ['-c', `${connections}`, '-r', '250', '-l', `${seconds}`, '-p', '5'];
    const tool = spawn(toolPath('slowhttptest'), [...args, ...size, '-f', header, '-u', url + path], {
      stdio: 'ignore',
    });
    await once(tool, 'close');
  };
}

/** Asks for more than the system keeps for a client, and fetches nothing of it, which slowhttptest cannot. */
async function fetchNothing({ url }: Target, { connections, seconds }: Size): Promise<void> {
  const { port, hostname } = new URL(url);
  const requests = 'GET /v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100);
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.pause().write(requests);
    return socket;
  });
  // One that is paused does not learn that it was closed.
  await sleep(seconds * 1_000);
  for (const socket of sockets) socket.destroy();
}
