import { connect as openSocket, isIP, type Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { pinnedLookup } from '../outbound/pinned-lookup.js';
import type { SmtpServer } from './smtp-server.js';

export type SmtpTimeouts = {
  /** Until there is a connection, in ms. */
  readonly connectMs: number;
  /** From then until the server greets. */
  readonly greetingMs: number;
  /** Longest silence afterwards. */
  readonly socketMs: number;
};

export type Letter = {
  /** Of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  /** Header and body as they are sent. */
  readonly message: Buffer;
};

/** A reply is kept in memory until its end. */
const MAX_REPLY_BYTES = 65_536;
/** Of all replies of a dialog: those about 50 recipients are far from it. */
const MAX_DIALOG_BYTES = 262_144;
const MAX_DIALOG_LINES = 4_096;
/** How long the server has to answer our goodbye. */
const GOODBYE_MS = 1000;

/**
 * One dialog with a mail server, over a connection for this letter only.
 *
 * @param signal closes the connection, wherever the dialog is
 * @returns the recipients that the server took, at least one of them
 * @throws what `asMailError` explains
 */
export async function deliver(
  letter: Letter,
  { server, timeouts, signal }: { server: SmtpServer; timeouts: SmtpTimeouts; signal: AbortSignal },
): Promise<readonly string[]> {
  const socket = await connected(server, timeouts.connectMs, signal);
  const connection = new SMTPConnection({
    connection: socket,
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: server.requireTls,
    greetingTimeout: timeouts.greetingMs,
    // Of what is left before the first command: the greeting and STARTTLS.
    connectionTimeout: timeouts.connectMs + timeouts.greetingMs,
    socketTimeout: timeouts.socketMs,
    socketCloseTimeout: GOODBYE_MS,
    maxResponseSize: MAX_REPLY_BYTES,
    tls: {
      ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
      ...(server.ca === undefined ? {} : { ca: server.ca }),
    },
  });
  boundDialog(connection);
  try {
    const accepted = await converse(connection, server, letter);
    connection.quit();
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
    return accepted;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

/** The client keeps what comes until it is asked for, however much that is: lines beyond the bound end the dialog. */
function boundDialog(connection: SMTPConnection): void {
  const client = connection as unknown as {
    _onData: (chunk: Buffer) => void;
    readonly _onResponseTooLarge: () => void;
  };
  const take = client._onData.bind(client);
  let bytes = 0;
  let lines = 0;
  client._onData = (chunk) => {
    bytes += chunk.length;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) lines += 1;
    if (bytes > MAX_DIALOG_BYTES || lines > MAX_DIALOG_LINES) client._onResponseTooLarge();
    else take(chunk);
  };
}

const LINE_FEED = 0x0a;

function connected(server: SmtpServer, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const { host, port, addresses } = server;
  return new Promise((resolve, reject) => {
    const socket = openSocket({
      ...{ host, port, signal },
      ...(addresses === undefined ? {} : { lookup: pinnedLookup(addresses) }),
    });
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    // Stays: a socket that fails when nobody waits for it any more must not end the process.
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function converse(connection: SMTPConnection, server: SmtpServer, { from, to, message }: Letter) {
  return new Promise<readonly string[]>((resolve, reject) => {
    connection.on('error', reject);
    // Without an error where the server hangs up instead of greeting.
    connection.once('end', () => reject(Object.assign(new Error('the connection ended'), { code: 'ECONNECTION' })));
    connection.connect((failed) => {
      if (failed !== undefined && failed !== null) return reject(failed);
      const send = (): void =>
        connection.send({ from, to: [...to], size: message.length }, message, (error, info) => {
          if (error === null || error === undefined) resolve(info.accepted);
          else reject(error);
        });
      const { credentials } = server;
      if (credentials === undefined) return send();
      const { username: user, password: pass } = credentials;
      connection.login({ credentials: { user, pass } }, (error) => (error ? reject(error) : send()));
    });
  });
}
