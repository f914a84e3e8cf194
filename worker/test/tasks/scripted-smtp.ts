import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Answer of a scripted server: a reply, nothing at all, or the end of the connection. */
export const SILENCE = 'silence';
export const HANG_UP = 'hang up';
/** A reply that never ends. */
export const FLOOD = 'flood';
/** Empty lines without end, behind what a kind server answers. */
export const EMPTY_LINES = 'empty lines';

/**
 * What the server answers at a place of the dialog, in place of what a kind server answers. A place is `greeting`, the
 * beginning of a command (`RCPT TO:<b@`), or `message` for the end of the message.
 */
export type SmtpScript = Readonly<Record<string, string>>;

export type ScriptedSmtp = {
  readonly port: number;
  /** From now on. */
  readonly follow: (script: SmtpScript) => void;
  /** Commands of all dialogs so far, in order. */
  readonly commands: () => readonly string[];
  /** Messages as they came, of all dialogs so far. */
  readonly messages: () => readonly string[];
  /** Connections so far, and those that are open now. */
  readonly connections: () => number;
  readonly open: () => number;
  /** Names that clients asked for in TLS. */
  readonly tlsNames: () => readonly string[];
  readonly close: () => Promise<void>;
};

type ScriptedOptions = {
  /** Offers STARTTLS with it; with `implicit`, TLS from the first byte. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly implicit?: boolean };
};

const KIND: Readonly<Record<string, string>> = {
  greeting: '220 kind.example ESMTP',
  AUTH: '235 welcome',
  DATA: '354 go on',
  message: '250 taken',
  QUIT: '221 bye',
  STARTTLS: '502 there is no TLS here',
};
const CHUNK = Buffer.alloc(65_536, '2');
const LINES = Buffer.alloc(65_536, '\n');

/** A mail server that does at each place of a dialog what a test wants. */
export async function openScriptedSmtp({ tls }: ScriptedOptions = {}): Promise<ScriptedSmtp> {
  const commands: string[] = [];
  const messages: string[] = [];
  const tlsNames: string[] = [];
  const sockets = new Set<Socket>();
  let script: SmtpScript = {};
  let connections = 0;

  const reply = (socket: Socket, place: string, kind: string): void => {
    const key = Object.keys(script).find((one) => place.startsWith(one));
    const text = key === undefined ? kind : (script[key] ?? kind);
    if (text === SILENCE) return;
    if (text === HANG_UP) return void socket.end();
    if (text === FLOOD) return flood(socket, CHUNK);
    if (text === EMPTY_LINES) {
      socket.write(`${kind}\r\n`);
      return flood(socket, LINES);
    }
    socket.write(`${text}\r\n`);
  };
  const secured = (raw: Socket): Socket => {
    const socket = new TLSSocket(raw, {
      ...{ isServer: true, cert: tls?.cert, key: tls?.key },
      SNICallback: (name, done) => {
        tlsNames.push(name);
        done(null);
      },
    });
    socket.on('error', () => raw.destroy());
    return socket;
  };
  const serve = (socket: Socket, isSecure: boolean): void => {
    let held = '';
    let message: string | undefined;
    const onLine = (line: string): void => {
      if (message !== undefined) {
        if (line !== '.') return void (message += `${line}\r\n`);
        messages.push(message);
        message = undefined;
        return reply(socket, 'message', KIND['message'] ?? '');
      }
      commands.push(line);
      const [verb = ''] = line.toUpperCase().split(' ', 1);
      if (verb === 'STARTTLS' && !isSecure && tls !== undefined) {
        socket.off('data', onData);
        socket.write('220 go on\r\n');
        return serve(secured(socket), true);
      }
      if (verb === 'DATA' && !('DATA' in script)) message = '';
      const offers = ['250-kind.example', ...(tls && !isSecure ? ['250-STARTTLS'] : []), '250 AUTH PLAIN'].join('\r\n');
      return reply(socket, line, verb === 'EHLO' ? offers : (KIND[verb] ?? '250 fine'));
    };
    const onData = (chunk: Buffer): void => {
      held += chunk.toString('utf8');
      for (let end = held.indexOf('\r\n'); end !== -1; end = held.indexOf('\r\n')) {
        const line = held.slice(0, end);
        held = held.slice(end + 2);
        onLine(line);
      }
    };
    socket.on('data', onData);
  };
  const server = createServer((raw) => {
    connections += 1;
    sockets.add(raw);
    raw.on('error', () => raw.destroy());
    raw.once('close', () => sockets.delete(raw));
    const isSecure = tls?.implicit === true;
    const socket = isSecure ? secured(raw) : raw;
    serve(socket, isSecure);
    reply(socket, 'greeting', KIND['greeting'] ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    follow: (next) => void (script = next),
    commands: () => commands,
    messages: () => messages,
    connections: () => connections,
    open: () => sockets.size,
    tlsNames: () => tlsNames,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function flood(socket: Socket, chunk: Buffer): void {
  if (socket.destroyed) return;
  if (socket.write(chunk)) setImmediate(() => flood(socket, chunk));
  else socket.once('drain', () => flood(socket, chunk));
}
