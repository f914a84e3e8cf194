import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPORAL_VERSION, type TemporalBinaries } from '../artifacts/temporal-binaries.js';
import { runTool } from '../artifacts/run-tool.js';
import { servesGrpc } from '../net/probes.js';
import { repoRoot } from '../paths.js';
import type { ProcessSpec } from '../process/process-spec.js';
import type { TemporalSecurity } from '../stack-security.js';
import {
  INTERNAL_FRONTEND,
  TEMPORAL_DATABASE,
  temporalConfig,
  VISIBILITY_DATABASE,
  type TemporalPorts,
} from './temporal-config.js';

/** Whose health says that the server takes requests. */
export const FRONTEND_SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';

export interface TemporalServerOptions {
  readonly binaries: TemporalBinaries;
  /** Folder for its configuration; its data are in PostgreSQL. */
  readonly folder: string;
  readonly ports: TemporalPorts;
  readonly postgres: { readonly port: number; readonly user: string; readonly password: string };
  /** Loopback port on which its metrics can be read; default: none. */
  readonly metricsPort?: number;
  readonly security?: TemporalSecurity;
}

/** Says which version's schemas the databases have; without it they are brought to this one's at the next start. */
export const schemaVersionFile = (folder: string): string => join(folder, 'schema-version');

/** Brings both databases to this version’s schema (PostgreSQL must run); resolves with how to run the server. */
export async function prepareTemporalServer(options: TemporalServerOptions): Promise<ProcessSpec> {
  await mkdir(options.folder, { recursive: true });
  const config = temporalConfig({
    ports: options.ports,
    postgresPort: options.postgres.port,
    user: options.postgres.user,
    password: options.postgres.password,
    ...(options.metricsPort === undefined ? {} : { metricsPort: options.metricsPort }),
    ...(options.security === undefined ? {} : { security: options.security }),
    dynamicConfigFile: join(repoRoot(), 'infra/stack/temporal-dynamic-config.yaml'),
  });
  await writeFile(join(options.folder, 'local.yaml'), JSON.stringify(config, null, 2), { mode: 0o600 });
  await setUpSchemas(options);
  return {
    name: 'temporal',
    command: options.binaries.server,
    args: ['--root', options.folder, '--config', '.', '--env', 'local', ...startArguments(options.security)],
    env: process.env,
    cwd: options.folder,
    port: options.ports.frontend,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 20_000,
    isReady: () =>
      servesGrpc(options.ports.frontend, FRONTEND_SERVICE, options.security === undefined ? 'http' : 'https'),
    readyTimeoutMs: 180_000,
  };
}

function startArguments(security: TemporalSecurity | undefined): readonly string[] {
  if (security === undefined) return ['--allow-no-auth', 'start'];
  return [
    'start',
    ...['frontend', INTERNAL_FRONTEND, 'history', 'matching', 'worker'].map((part) => `--service=${part}`),
  ];
}

async function setUpSchemas(options: TemporalServerOptions): Promise<void> {
  const done = schemaVersionFile(options.folder);
  if (existsSync(done) && readFileSync(done, 'utf8') === TEMPORAL_VERSION) return;
  const { port, user, password } = options.postgres;
  const sql = async (database: string, ...args: string[]): Promise<void> => {
    const server = ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', '--port', String(port)];
    const env = { ...process.env, SQL_USER: user, SQL_PASSWORD: password, SQL_DATABASE: database };
    await runTool({ command: options.binaries.sqlTool, args: [...server, ...args], env });
  };
  const setUp = async (database: string, schema: string): Promise<void> => {
    await sql(database, 'create-database');
    await sql(database, 'setup-schema', '-v', '0.0');
    await sql(database, 'update-schema', '--schema-name', `postgresql/v12/${schema}`);
  };
  await Promise.all([setUp(TEMPORAL_DATABASE, 'temporal'), setUp(VISIBILITY_DATABASE, 'visibility')]);
  await writeFile(done, TEMPORAL_VERSION);
}
