import { createServer, type Server } from 'node:net';

const HOST = '127.0.0.1';

// Below the range systems hand out to outgoing connections (so that none takes a chosen port before its user binds it),
// and below 32,768, since Temporal keeps its members' ports as a signed 16-bit number.
const FIRST_PORT = 18_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 500;
/** Each worker of vitest draws from a part of its own: a port that is chosen stays free until its user binds it. */
const PARTS = 4;

/** True when nothing listens on this loopback port (it can be bound right now). */
export async function isPortFree(port: number): Promise<boolean> {
  const probe = await tryListen(port);
  if (probe !== null) await close(probe);
  return probe !== null;
}

/**
 * Distinct loopback ports that are free now, drawn at random, so that stacks that start at the same time rarely meet.
 * All are held open together, so one call never names a port twice.
 */
export async function freePorts(count: number): Promise<number[]> {
  const length = Math.floor((LAST_PORT - FIRST_PORT) / PARTS);
  const first = FIRST_PORT + length * (Number(process.env['VITEST_POOL_ID'] ?? 0) % PARTS);
  const probes = new Map<number, Server>();
  for (let attempt = 0; probes.size < count; attempt += 1) {
    if (attempt > ATTEMPTS) throw new Error(`no ${count} free ports between ${FIRST_PORT} and ${LAST_PORT}`);
    const port = first + Math.floor(Math.random() * length);
    const probe = probes.has(port) ? null : await tryListen(port);
    if (probe !== null) probes.set(port, probe);
  }
  await Promise.all([...probes.values()].map(close));
  return [...probes.keys()];
}

function tryListen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: HOST, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
