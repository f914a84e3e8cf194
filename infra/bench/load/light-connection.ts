import { connect, type Socket } from 'node:net';

/** What a load needs to know of an answer. */
export type LightAnswer = { readonly status: number; readonly hasRetryAfter: boolean; readonly body: string };

/**
 * One kept-alive HTTP/1.1 connection, one request at a time. The load shares the cores with what it loads, and Node's
 * own client would take more of them than the service does.
 */
export type LightConnection = {
  /** @throws Error when the connection ends before the answer */
  readonly send: (request: Buffer) => Promise<LightAnswer>;
  readonly close: () => void;
};

/** The bytes of a request; the same ones may be sent again and again. `headers` beside those of the body. */
export function requestBytes(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Buffer {
  const payload = Buffer.from(JSON.stringify(body));
  const all = { host: 'bench', 'content-type': 'application/json', 'content-length': payload.length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), payload]);
}

export async function openLightConnection(url: string): Promise<LightConnection> {
  const { hostname, port } = new URL(url);
  const socket = await connected(hostname, Number(port));
  let received = Buffer.alloc(0);
  let waiting: { resolve: (answer: LightAnswer) => void; reject: (fault: Error) => void } | undefined;
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const parsed = parseAnswer(received);
    if (parsed === undefined || waiting === undefined) return;
    received = received.subarray(parsed.bytes);
    const { resolve } = waiting;
    waiting = undefined;
    resolve(parsed.answer);
  });
  const end = (): void => {
    waiting?.reject(new Error('the connection ended before the answer'));
    waiting = undefined;
  };
  socket.on('error', end);
  socket.on('close', end);
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection has ended'));
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/**
 * The first answer in the bytes and how many it takes; undefined while it is not whole.
 *
 * @throws Error for an answer without content-length, which the services never give
 */
export function parseAnswer(bytes: Buffer): { readonly answer: LightAnswer; readonly bytes: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
  const bodyFrom = headEnd + 4;
  const bodyTo = bodyFrom + Number(length);
  if (bytes.length < bodyTo) return undefined;
  const status = Number(head.slice(9, 12));
  const hasRetryAfter = head.includes('\r\nretry-after:');
  return { answer: { status, hasRetryAfter, body: bytes.toString('utf8', bodyFrom, bodyTo) }, bytes: bodyTo };
}
