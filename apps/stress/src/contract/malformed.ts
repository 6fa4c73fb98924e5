import { connect } from 'node:net';
import type { Random } from './random.ts';

const HOST = 'Host: signa\r\n';
const POST = `POST /v1/organization/api-keys HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;

/** Bytes that are no request, or two, depending on who reads them (RFC 9112, sections 2.2, 5.1, 6.1, 6.3 and 7.1). */
export const MALFORMED: readonly string[] = [
  '\x16\x03\x01\x02\x00\x01\x00\x01',
  'GET\r\n\r\n',
  `GET /v1/organization HTTP/9.9\r\n${HOST}\r\n`,
  `GET /v1/organ ization HTTP/1.1\r\n${HOST}\r\n`,
  `GET /v1/\0 HTTP/1.1\r\n${HOST}\r\n`,
  `GET /v1/organization HTTP/1.1\r\n${HOST}X-Nul: a\0b\r\n\r\n`,
  `GET /v1/organization HTTP/1.1\r\n${HOST}Sp ace: a\r\n\r\n`,
  `GET /v1/organization HTTP/1.1\r\n${HOST}Content-Length : 5\r\n\r\nhello`,
  'GET /v1/organization HTTP/1.1\r\n\r\n',
  `GET /v1/organization HTTP/1.1\r\n${HOST}X-Big: ${'a'.repeat(100_000)}\r\n\r\n`,
  `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${HOST}\r\n`,
  `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
  `${POST}Content-Length: +5\r\n\r\nhello`,
  `${POST}Content-Length: -1\r\n\r\n`,
  `${POST}Content-Length: 5, 5\r\n\r\nhello`,
  `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n`,
];

/** A request with some of its bytes changed. */
export function garble(random: Random): string {
  const bytes = Buffer.from(`${POST}Content-Length: 2\r\nConnection: close\r\n\r\n{}`, 'latin1');
  for (let i = random.integer(1, 4); i > 0; i -= 1) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  return bytes.toString('latin1');
}

/** All that is answered to some bytes, until the connection is closed. */
export function sendBytes(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    // A connection may be reset by a server that does not read to the end of what it refuses.
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer));
    socket.end(bytes, 'latin1');
  });
}
