import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureMavenJars } from '../artifacts/maven-jars.js';
import { freePorts } from '../net/ports.js';
import { acceptsTcp } from '../net/probes.js';
import { waitUntil } from '../net/wait-until.js';
import { cacheFolder } from '../paths.js';

const VERSION = '1.31.0';
const READY_TIMEOUT_MS = 60_000;

/** Temporal's server for tests: its clock jumps to the next timer while nothing else is to be done. */
export interface TimeSkippingServer {
  readonly address: string;
  /** The one namespace it has. */
  readonly namespace: 'default';
  readonly close: () => Promise<void>;
}

/** Starts one on a free port. Needs Java, and Maven the first time; everything is in memory. */
export async function startTimeSkippingServer(): Promise<TimeSkippingServer> {
  const folder = join(cacheFolder(process.env), `temporal-test-server-${VERSION}`);
  const jars = await ensureMavenJars(folder, [`io.temporal:temporal-test-server:${VERSION}`]);
  const [port = 0] = await freePorts(1);
  const main = 'io.temporal.testserver.TestServer';
  const args = ['-Xmx256m', '-cp', join(jars, '*'), main, String(port), '--enable-time-skipping'];
  const server = spawn('java', args, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  const close = async (): Promise<void> => {
    server.kill('SIGKILL');
    await ended;
  };
  try {
    await waitUntil('the time-skipping server', () => acceptsTcp(port), { timeoutMs: READY_TIMEOUT_MS, everyMs: 100 });
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { address: `127.0.0.1:${port}`, namespace: 'default', close };
}
