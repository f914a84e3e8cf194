import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startInfra,
  startTemporal,
  type InfraEndpoints,
  type InfraOptions,
  type InfraPorts,
  type StackDisks,
} from './infra.js';
import { freePorts } from './net/ports.js';
import { cacheFolder, homeLayout } from './paths.js';
import { logFile, makeSupervisor } from './process/supervisor.js';
import type { Report } from './progress.js';
import { dropDatabases, otherDatabase } from './postgres/databases.js';
import { ensureSecrets } from './secrets.js';
import { TEMPORAL_DATABASE, VISIBILITY_DATABASE } from './temporal/temporal-config.js';
import { schemaVersionFile } from './temporal/temporal-server.js';
import type { StackSecurity } from './stack-security.js';

/** The processes of the stack that are not ours to write. */
export type InfraName = 'kafka' | 'postgres' | 'temporal';

/** In the order in which they are stopped. */
export const INFRA_STOP_ORDER: readonly InfraName[] = ['temporal', 'kafka', 'postgres'];

/** A private Kafka, PostgreSQL and Temporal, for tests that kill them. */
export interface IsolatedStack {
  readonly endpoints: InfraEndpoints;
  /** The endpoints as the variables every service reads. */
  readonly env: Readonly<Record<string, string>>;
  /** Base url of the metrics of Temporal; null unless they were asked for. */
  readonly temporalMetricsUrl: string | null;
  readonly pidsFile: string;
  logOf(name: InfraName): string;
  pid(name: InfraName): number;
  /** Sends a signal (default SIGKILL) and returns the pid. A process that ends is restarted, on the same port. */
  kill(name: InfraName, signal?: NodeJS.Signals): number;
  /** Resolves with the new pid once it runs again and serves. */
  restarted(name: InfraName, oldPid: number, timeoutMs?: number): Promise<number>;
  /** Stops one in order and leaves it stopped, until `start`. */
  stop(name: InfraName): Promise<void>;
  start(name: InfraName): Promise<void>;
  /** The data folder of PostgreSQL: not to be touched while it runs. */
  readonly postgresData: string;
  /** Starts Temporal, which is stopped, on newly created databases: `temporal` and `temporal_visibility`. */
  startWithEmptyEngine(): Promise<void>;
  /** Stops all and removes their data. */
  close(): Promise<void>;
}

const RESTART_TIMEOUT_MS = 90_000;

/** Starts a private stack on free ports with its data in a temporary folder; about 6 s once everything is fetched. */
export async function startStack(
  options: {
    readonly report?: Report;
    readonly security?: StackSecurity;
    readonly isThrowaway?: boolean;
    readonly disks?: StackDisks;
    /** Whether the metrics of Temporal can be read; default: they cannot. */
    readonly hasTemporalMetrics?: boolean;
  } = {},
): Promise<IsolatedStack> {
  const report = options.report ?? ((): undefined => undefined);
  const layout = homeLayout(await mkdtemp(join(tmpdir(), 'flowplane-stack-')));
  await chmod(layout.home, 0o711); // PostgreSQL may run as another user
  const supervisor = makeSupervisor({ ...layout, report });
  const close = async (): Promise<void> => {
    for (const name of INFRA_STOP_ORDER) await supervisor.stop(name);
    await rm(layout.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const [temporalMetricsPort = null] = options.hasTemporalMetrics === true ? await freePorts(1) : [];
    const infra: InfraOptions = {
      layout,
      cache: cacheFolder(process.env),
      ports: await privatePorts(),
      secrets: await ensureSecrets(layout.secretsFile),
      external: {},
      supervisor,
      report,
      isThrowaway: options.isThrowaway ?? true,
      ...(options.disks === undefined ? {} : { disks: options.disks }),
      ...(options.security === undefined ? {} : { security: options.security }),
      ...(temporalMetricsPort === null ? {} : { temporalMetricsPort }),
    };
    const endpoints = await startInfra(infra);
    return {
      endpoints,
      env: environmentOf(endpoints),
      temporalMetricsUrl: temporalMetricsPort === null ? null : `http://127.0.0.1:${temporalMetricsPort}`,
      pidsFile: layout.pidsFile,
      logOf: (name) => logFile(layout.logs, name),
      pid: (name) => supervisor.pid(name),
      kill: (name, signal = 'SIGKILL') => supervisor.signal(name, signal),
      restarted: async (name, oldPid, timeoutMs = RESTART_TIMEOUT_MS) =>
        (await supervisor.restarted(name, oldPid, timeoutMs)).pid,
      stop: (name) => supervisor.stop(name),
      start: (name) => supervisor.resume(name),
      postgresData: join(layout.postgres, 'data'),
      startWithEmptyEngine: async () => {
        await emptyTemporal(endpoints.dbUrl, layout.temporal);
        await startTemporal(infra, infra.ports.postgres.port);
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** The endpoints as the variables every service reads. */
export function environmentOf(endpoints: InfraEndpoints): Readonly<Record<string, string>> {
  return {
    KAFKA_BROKERS: endpoints.kafkaBrokers,
    FLOWS_DB_URL: endpoints.dbUrl,
    TEMPORAL_ADDRESS: endpoints.temporalAddress,
  };
}

/** Free ports for a private stack. */
export async function privatePorts(): Promise<InfraPorts> {
  const [kafka = 0, postgres = 0, temporal = 0] = await freePorts(3);
  const fixed = (port: number): { port: number; isFixed: boolean } => ({ port, isFixed: true });
  return { kafka: fixed(kafka), postgres: fixed(postgres), temporal: fixed(temporal) };
}

async function emptyTemporal(dbUrl: string, folder: string): Promise<void> {
  await dropDatabases([TEMPORAL_DATABASE, VISIBILITY_DATABASE].map((database) => otherDatabase(dbUrl, database)));
  await rm(schemaVersionFile(folder), { force: true });
}
