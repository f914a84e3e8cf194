import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

const HOST = '127.0.0.1';
const PROBE_TIMEOUT_MS = 2_000;

/** True when a TCP connection to the loopback port is accepted. */
export function acceptsTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: PROBE_TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** True when `GET http://127.0.0.1:<port><path>` is answered with 200. */
export function answersOk(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: HOST, port, path, timeout: PROBE_TIMEOUT_MS, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', () => resolve(false));
  });
}

/**
 * True when a PostgreSQL server on the port takes sessions: to the start of one it answers with the request to
 * authenticate ('R'). While it starts up, recovers or is full it answers with an error ('E').
 */
export function takesPostgresSessions(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: PROBE_TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(startupMessage('postgres')));
    socket.once('data', (data) => end(data[0] === 0x52));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
  });
}

/** Length, protocol 3.0, then names and values, each ended by a zero byte. */
function startupMessage(user: string): Buffer {
  const fields = Buffer.from(`user\0${user}\0database\0postgres\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + fields.length, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, fields]);
}

/**
 * True when the gRPC server on the loopback port reports `service` as SERVING (grpc.health.v1.Health/Check). Written on
 * plain HTTP/2, so that the stack needs no gRPC client: the request is one string field, SERVING is field 1 = 1.
 */
export function servesGrpc(port: number, service: string, scheme: 'http' | 'https' = 'http'): Promise<boolean> {
  return new Promise((resolve) => {
    // It is asked whether the server is up, not who it is.
    const session = connectHttp2(`${scheme}://${HOST}:${port}`, { rejectUnauthorized: false });
    const timer = setTimeout(() => end(false), PROBE_TIMEOUT_MS);
    const end = (answer: boolean): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(answer);
    };
    session.once('error', () => end(false));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', () => end(false));
    stream.once('end', () => end(isServing(Buffer.concat(chunks))));
    stream.end(healthRequest(service));
  });
}

function healthRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const message = Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5); // one byte "not compressed", four bytes length
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

function isServing(body: Buffer): boolean {
  return body.length === 7 && body[5] === 0x08 && body[6] === 0x01;
}
