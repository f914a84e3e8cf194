import { Agent, request, type IncomingMessage } from 'node:http';

/** An answer as it came; of an event stream its beginning. */
export type Answered = { readonly status: number; readonly headers: Headers; readonly text: string };

export type Sent = {
  readonly url: string;
  /** Of the request line, as it goes over the wire. */
  readonly target: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
};

/** Longer than any bound of a service; a validation has 20 s of CPU time, for which it may have to wait. */
const ANSWER_TIMEOUT_MS = 240_000;
/** An event stream has no end: so much of it is read. */
const STREAM_MS = 500;

const agent = new Agent({ keepAlive: true });

/** One request whose path and headers nobody sets right. @throws when no answer comes */
export function sendRaw({ url, target, method, headers, body }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const sent = request({ agent, hostname, port, method, path: target, headers: { ...headers, ...length }, signal });
    sent.once('response', (response) => {
      read(response).then(resolve, reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

async function read(response: IncomingMessage): Promise<Answered> {
  const headers = new Headers(
    Object.entries(response.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    ),
  );
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const chunks: Buffer[] = [];
  const cut = isStream ? setTimeout(() => response.destroy(), STREAM_MS) : undefined;
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    if (!isStream) throw cause;
  } finally {
    clearTimeout(cut);
  }
  return { status: response.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString('utf8') };
}

/** Connections that are kept for the next request. */
export const closeConnections = (): void => agent.destroy();
