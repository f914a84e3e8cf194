import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { HostileReport } from './hostile-calls.js';

const PREPARE_TIMEOUT_MS = 240_000;
const END_TIMEOUT_MS = 240_000;

export type HostileTenant = {
  /** All attacks begin. @param strikes of each lane of an attack; default: until they are ended */
  readonly attack: (strikes?: number) => void;
  /** All attacks end. @returns what they sent and the answers they got */
  readonly end: () => Promise<HostileReport>;
  readonly close: () => void;
};

/** Prepares the attacks of one tenant. @param url of the gateway @param hangingUrl see `startHangingServer` */
export async function startHostileTenant(url: string, tenantId: string, hangingUrl: string): Promise<HostileTenant> {
  const child = fork(fileURLToPath(new URL('./hostile-tenant-main.js', import.meta.url)), [url, tenantId, hangingUrl], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  try {
    await messageOf(child, PREPARE_TIMEOUT_MS);
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
  return {
    attack: (strikes) => void child.send(strikes ?? 'forever'),
    end: async () => {
      child.send('end');
      return (await messageOf(child, END_TIMEOUT_MS)) as HostileReport;
    },
    close: () => void child.kill('SIGKILL'),
  };
}

async function messageOf(child: ChildProcess, timeoutMs: number): Promise<unknown> {
  const ended = new AbortController();
  const { signal } = ended;
  const gone = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`the hostile tenant ended with ${String(code)}`);
  });
  try {
    const late = AbortSignal.timeout(timeoutMs);
    const message = once(child, 'message', { signal: AbortSignal.any([signal, late]) });
    return (await Promise.race([message, gone]))[0];
  } finally {
    gone.catch(() => undefined);
    ended.abort();
  }
}

/** A server that takes every connection and never answers. */
export async function startHangingServer(): Promise<{ readonly hostPort: string; readonly close: () => void }> {
  const sockets = new Set<{ destroy: () => void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    hostPort: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
