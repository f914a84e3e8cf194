import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A statement that a client had executed. */
export type SeenStatement = { readonly application: string; readonly sql: string };

/** A relay between services and PostgreSQL that reads along: what is asked is counted where it passes, not believed. */
export type PostgresProxy = {
  /** The same database, by way of the relay. */
  readonly urlOf: (url: string) => string;
  /** Statements executed since the last call, in order of their arrival. */
  readonly taken: () => readonly SeenStatement[];
  /** From now on nothing passes, in either direction: connections are taken, and nobody answers. */
  readonly hold: () => void;
  /** Lets pass what was held back. */
  readonly release: () => void;
  readonly close: () => Promise<void>;
};

const START_UP = 196_608;
const TEXT_END = 0;

/** @param serverUrl `postgres://…` of the server; connections must not be encrypted */
export async function startPostgresProxy(serverUrl: string): Promise<PostgresProxy> {
  const target = new URL(serverUrl);
  let seen: SeenStatement[] = [];
  const sockets = new Set<Socket>();
  let passing = Promise.resolve();
  let release = (): void => undefined;
  const gate = (): Transform =>
    new Transform({ transform: (chunk, _encoding, done) => void passing.then(() => done(null, chunk)) });
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port || 5432), noDelay: true });
    const read = makeFrontendReader((statement) => seen.push(statement));
    client.on('data', read);
    client.pipe(gate()).pipe(upstream).pipe(gate()).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (url) => {
      const proxied = new URL(url);
      proxied.hostname = '127.0.0.1';
      proxied.port = String(port);
      return proxied.toString();
    },
    taken: () => {
      const before = seen;
      seen = [];
      return before;
    },
    hold: () => {
      passing = new Promise((resolve) => (release = resolve));
    },
    release: () => release(),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Reads the frontend's messages: Query, and Bind by the text that was prepared under its name. */
function makeFrontendReader(onStatement: (statement: SeenStatement) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let application: string | undefined;
  const prepared = new Map<string, string>();
  const onMessage = (type: string, body: Buffer): void => {
    const name = application ?? '';
    if (type === 'Q') onStatement({ application: name, sql: textAt(body, 0).text });
    if (type === 'P') {
      const statement = textAt(body, 0);
      prepared.set(statement.text, textAt(body, statement.end).text);
    }
    if (type === 'B') {
      const statement = textAt(body, textAt(body, 0).end).text;
      onStatement({ application: name, sql: prepared.get(statement) ?? `prepared before: ${statement}` });
    }
  };
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      // The first message has no type; every length counts itself.
      const head = application === undefined ? 0 : 1;
      if (rest.length < head + 4) return;
      const end = head + rest.readInt32BE(head);
      if (rest.length < end) return;
      const body = rest.subarray(head + 4, end);
      if (head === 1) onMessage(String.fromCharCode(rest[0] as number), body);
      else if (body.readInt32BE(0) === START_UP)
        application = parametersOf(body.subarray(4)).get('application_name') ?? '';
      rest = rest.subarray(end);
    }
  };
}

function textAt(body: Buffer, start: number): { readonly text: string; readonly end: number } {
  const stop = body.indexOf(TEXT_END, start);
  return { text: body.toString('utf8', start, stop), end: stop + 1 };
}

function parametersOf(body: Buffer): ReadonlyMap<string, string> {
  const texts = body.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length; at += 2) parameters.set(texts[at] as string, texts[at + 1] as string);
  return parameters;
}
