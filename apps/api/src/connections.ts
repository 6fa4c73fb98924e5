import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
const SHORT_TURN_MS = 0.1;
const LONGEST_SEARCH_MS = 200;

export interface Connections {
  /**
   * Lets what was accepted come to its end: no new connection is accepted, requests are answered with `Connection: close`, and
   * connections on which nothing happens are closed once they had `quietMs` to bring a request that was on its way.
   *
   * Node's own `server.close()` closes idle connections at once. A request that just then arrives on one of them is lost, as is
   * the rest of an answer that a slow client has not yet fetched. And it never ends a connection on which nothing was ever sent.
   *
   * @returns how many connections were cut off after `deadlineMs`
   */
  drain(limits: { readonly quietMs: number; readonly deadlineMs: number }): Promise<number>;
}

interface Connection {
  /** Requests that are not yet answered in full, in the order of their arrival. */
  readonly answering: ServerResponse[];
  /** How much had been received when the latest request was over. What came since belongs to one that is still arriving. */
  bytesAtRest: number;
}

/** Keeps track of the connections of a server. To be called before it listens. */
export function trackConnections(server: Server): Connections {
  const connections = new Map<Socket, Connection>();
  let draining = false;

  server.on('connection', (socket: Socket) => {
    connections.set(socket, { answering: [], bytesAtRest: 0 });
    socket.once('close', () => connections.delete(socket));
  });

  // Before the app, which may answer at once.
  server.prependListener('request', (request, response) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connection.answering.push(response);
    if (draining) closeAfterTheLast(connection);
    const rest = () => (connection.bytesAtRest = socket.bytesRead);
    request.once('close', rest);
    response.once('close', () => {
      connection.answering.splice(connection.answering.indexOf(response), 1);
      rest();
    });
  });

  return {
    async drain({ quietMs, deadlineMs }) {
      const arrivals = holdArrivals(server);
      await arrivals.haveCeased();
      draining = true;
      // http.Server's `close` would also do what the comment above complains of, and stop watching over the time-outs.
      NetServer.prototype.close.call(server);
      arrivals.release();
      for (const connection of connections.values()) closeAfterTheLast(connection);

      const start = performance.now();
      for (;;) {
        const elapsed = performance.now() - start;
        if (elapsed >= deadlineMs) {
          for (const socket of connections.keys()) socket.destroy();
          return connections.size;
        }
        if (elapsed >= quietMs) {
          for (const [socket, connection] of connections) if (isQuiet(socket, connection)) socket.destroySoon();
        }
        if (connections.size === 0) return 0;
        await sleep(LOOK_EVERY_MS);
      }
    },
  };
}

/**
 * Takes connections without serving them. Those that the system has accepted for us, but that we have not fetched yet, are reset when
 * the server stops listening, so that has to be done just after a turn of the event loop in which nothing happened. Under load there
 * is none, until those who have their answer and come again are made to wait.
 */
function holdArrivals(server: Server) {
  const listeners = server.listeners('connection');
  const held: Socket[] = [];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    held.push(socket.on('error', () => {})); // whoever is gone by the time that we serve them
  });

  return {
    /** Resolves when a turn of the event loop brought no connection and took no time in which one could have come. */
    async haveCeased(): Promise<void> {
      const end = performance.now() + LONGEST_SEARCH_MS;
      for (let start = performance.now(), before = held.length; ; start = performance.now(), before = held.length) {
        await nextTurn();
        const now = performance.now();
        if ((now - start < SHORT_TURN_MS && held.length === before) || now > end) return;
      }
    },
    /** Serves those who waited. */
    release(): void {
      server.removeAllListeners('connection');
      for (const listener of listeners) server.on('connection', listener as (socket: Socket) => void);
      for (const socket of held.filter(({ destroyed }) => !destroyed)) server.emit('connection', socket);
    },
  };
}

function isQuiet(socket: Socket, { answering, bytesAtRest }: Connection): boolean {
  return answering.length === 0 && socket.bytesRead === bytesAtRest;
}

/** Only the last: after an answer that says `close` none can follow, and pipelined requests would stay unanswered. */
function closeAfterTheLast({ answering }: Connection): void {
  for (const response of answering) {
    if (response.headersSent) continue;
    if (response === answering.at(-1)) response.setHeader('Connection', 'close');
    else response.removeHeader('Connection');
  }
}
