import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureGoProgram, type GoProgram } from '../artifacts/go-program.js';
import { cacheFolder, homeLayout } from '../paths.js';
import { makeSupervisor } from '../process/supervisor.js';

/** A server that a test file has started for itself. */
export interface TestServer {
  /** Where it keeps its data; removed by `close`. */
  readonly data: string;
  pid(): number;
  /** Sends a signal, `SIGSTOP` for instance; a server that ends of it is started again. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it and leaves it stopped, its data kept, until `start`. */
  stop(): Promise<void>;
  /** Starts it again on the same port; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly program: GoProgram;
  readonly port: number;
  readonly argsFor: (data: string) => readonly string[] | Promise<readonly string[]>;
  readonly env?: Readonly<Record<string, string>>;
  readonly isReady: () => Promise<boolean>;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Builds the program unless the cache has it, and starts it with its data in a temporary folder. Resolves when it
 * answers. What a killed test leaves is found by the folder's `pids.json`, as of all other servers of tests.
 */
export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const { program, port, argsFor, env = {}, isReady } = options;
  const quiet = (): void => undefined;
  const command = await ensureGoProgram(program, cacheFolder(process.env), quiet);
  const layout = homeLayout(await mkdtemp(join(tmpdir(), 'flowplane-stack-')));
  const supervisor = makeSupervisor({ ...layout, report: quiet });
  const data = join(layout.home, 'data');
  const { name } = program;
  const close = async (): Promise<void> => {
    await supervisor.stop(name);
    await rm(layout.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    await mkdir(data);
    await supervisor.start({
      name,
      command,
      args: await argsFor(data),
      env: { ...process.env, ...env },
      cwd: layout.home,
      port,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: STOP_TIMEOUT_MS,
      isReady,
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    data,
    pid: () => supervisor.pid(name),
    signal: (signal) => void supervisor.signal(name, signal),
    stop: () => supervisor.stop(name),
    start: () => supervisor.resume(name),
    close,
  };
}
