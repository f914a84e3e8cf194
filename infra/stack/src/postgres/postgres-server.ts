import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresBinaries } from '../artifacts/postgres-binaries.js';
import { runTool } from '../artifacts/run-tool.js';
import { takesPostgresSessions } from '../net/probes.js';
import type { ProcessSpec } from '../process/process-spec.js';
import type { PostgresSecurity } from '../stack-security.js';
import { commandAs, unprivilegedUser, type RunAs } from './run-as.js';

export const POSTGRES_USER = 'postgres';

/** Databases that exist from the first start on: read models and the authoritative state. */
const DATABASES = ['flowplane', 'flowplane_state'];

export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] %d ',
};

/**
 * For data that need not outlive a crash of the machine: those of a killed server are whole, since the system has what
 * it wrote. Several sets of services are served at once.
 */
const THROWAWAY_SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: '500' };

/** For a log on a small disk. */
const SHORT_WAL = ['--wal-segsize=1', '--set=min_wal_size=2MB', '--set=max_wal_size=16MB'];

export interface PostgresServerOptions {
  readonly binaries: PostgresBinaries;
  /** Data folder of this server. */
  readonly folder: string;
  readonly port: number;
  /** Password of the superuser `postgres`; used when the data folder is made. */
  readonly password: string;
  readonly security?: PostgresSecurity;
  readonly isThrowaway: boolean;
  /** Folder of the write-ahead log, made with the data folder; default: in it. */
  readonly wal?: string;
}

/** Makes the data folder when there is none; resolves with how to run the server. */
export async function preparePostgresServer(options: PostgresServerOptions): Promise<ProcessSpec> {
  const data = join(options.folder, 'data');
  const user = unprivilegedUser(options.folder);
  await mkdir(options.folder, { recursive: true });
  if (user !== null) await chown(options.folder, user.uid, user.gid);
  if (!existsSync(data)) await initialise(options, data, user);
  const settings = Object.entries({
    ...POSTGRES_SETTINGS,
    ...(options.isThrowaway ? THROWAWAY_SETTINGS : {}),
    port: String(options.port),
    ...(options.security === undefined ? {} : await secure(options.security, data, user)),
  }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return {
    name: 'postgres',
    ...commandAs(user, options.binaries.postgres, ['-D', data, ...settings], [options.binaries.postgres, data]),
    env: serverEnv(),
    port: options.port,
    stopSignal: 'SIGINT', // "fast": ends sessions; SIGTERM would wait for the last client to leave
    stopTimeoutMs: 20_000,
    isReady: () => takesPostgresSessions(options.port),
    readyTimeoutMs: 180_000,
  };
}

async function secure({ files }: PostgresSecurity, data: string, user: RunAs | null): Promise<Record<string, string>> {
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(data, name), content, { mode: 0o600 });
    if (user !== null) await chown(join(data, name), user.uid, user.gid);
  }
  return { ssl: 'on' };
}

/** Made in a folder beside the final one, so that an interrupted start leaves no half of a database. */
async function initialise(options: PostgresServerOptions, data: string, user: RunAs | null): Promise<void> {
  const draft = `${data}.new`;
  const passwordFile = join(options.folder, 'password.tmp');
  await rm(draft, { recursive: true, force: true });
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  if (user !== null) await chown(passwordFile, user.uid, user.gid);
  const run = async (program: string, args: string[], input: string): Promise<void> => {
    const env = serverEnv();
    await runTool({ ...commandAs(user, program, args, [program, options.folder + '/x']), env, input, cwd: '/' });
  };
  try {
    const auth = ['--auth=scram-sha-256', `--username=${POSTGRES_USER}`, `--pwfile=${passwordFile}`];
    const encoding = ['--encoding=UTF8', '--locale=C', '--no-sync'];
    const wal = options.wal === undefined ? [] : [`--waldir=${options.wal}`, ...SHORT_WAL];
    await run(options.binaries.initdb, ['-D', draft, ...auth, ...encoding, ...wal], '');
    // The single-user mode reads one statement per line; so no client is needed here.
    const statements = DATABASES.map((name) => `CREATE DATABASE ${name};\n`).join('');
    await run(options.binaries.postgres, ['--single', '-D', draft, 'postgres'], statements);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await chmod(draft, 0o700);
  await rename(draft, data);
}

function serverEnv(): NodeJS.ProcessEnv {
  // No PG* variable of the person's shell may reach the server, and messages are in English in every locale.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('PG')));
  return { ...env, LC_ALL: 'C' };
}

/** The url of a database of the server. */
export function postgresUrl(port: number, password: string, database: string): string {
  return `postgres://${POSTGRES_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}
