import { ensureKafkaJars } from './artifacts/kafka-jars.js';
import { assertToolsPresent } from './artifacts/missing-tools.js';
import { ensurePostgresBinaries } from './artifacts/postgres-binaries.js';
import { ensureTemporalBinaries } from './artifacts/temporal-binaries.js';
import { prepareKafkaBroker } from './kafka/kafka-broker.js';
import { choosePort, rememberedPorts } from './net/port-choice.js';
import type { HomeLayout } from './paths.js';
import { postgresUrl, POSTGRES_USER, preparePostgresServer } from './postgres/postgres-server.js';
import type { Supervisor } from './process/supervisor.js';
import { step, type Report } from './progress.js';
import type { StackSecurity } from './stack-security.js';
import type { StackSecrets } from './secrets.js';
import { prepareTemporalServer } from './temporal/temporal-server.js';

/** Where Kafka, PostgreSQL and Temporal are reached. */
export interface InfraEndpoints {
  /** `host:port`, comma separated. */
  readonly kafkaBrokers: string;
  /** Url of the read-model database. */
  readonly dbUrl: string;
  /** `host:port`. */
  readonly temporalAddress: string;
}

/** Folders that tests put on small disks. */
export interface StackDisks {
  /** Of all that Kafka keeps; default: in its folder. */
  readonly kafkaData?: string;
  /** Of PostgreSQL's write-ahead log, which is then kept short; made there. Default: in its data folder. */
  readonly postgresWal?: string;
}

/** A port and whether the person asked for that very one. */
export interface WantedPort {
  readonly port: number;
  readonly isFixed: boolean;
}

export interface InfraPorts {
  readonly kafka: WantedPort;
  readonly postgres: WantedPort;
  readonly temporal: WantedPort;
}

export interface InfraOptions {
  readonly layout: HomeLayout;
  readonly cache: string;
  readonly ports: InfraPorts;
  readonly secrets: StackSecrets;
  /** Parts that run elsewhere; what is named here is used and not started. */
  readonly external: Partial<InfraEndpoints>;
  readonly supervisor: Supervisor;
  readonly report: Report;
  /** Encrypts and authenticates connections; by default all is in plaintext on loopback. */
  readonly security?: StackSecurity;
  /** The data are removed at the end: they need not outlive the machine, only its processes. */
  readonly isThrowaway?: boolean;
  readonly disks?: StackDisks;
  /** Loopback port on which the metrics of Temporal can be read; default: none. */
  readonly temporalMetricsPort?: number;
}

/**
 * Fetches or builds what is missing and starts Kafka, PostgreSQL and Temporal, each unless it runs elsewhere. Resolves
 * when all of them serve. What it started is the supervisor's to stop, also when this rejects.
 */
export async function startInfra(options: InfraOptions): Promise<InfraEndpoints> {
  const { external, cache } = options;
  assertToolsPresent(
    { kafka: external.kafkaBrokers === undefined, temporal: external.temporalAddress === undefined },
    cache,
  );
  // One after the other: Maven is short, and Go takes every core.
  const jars = external.kafkaBrokers === undefined ? await ensureKafkaJars(cache, options.report) : '';
  if (external.temporalAddress === undefined) await ensureTemporalBinaries(cache, options.report);
  const [kafkaBrokers, database] = await allOrFirstFault([
    external.kafkaBrokers ?? startKafka(options, jars),
    startDatabaseAndEngine(options),
  ]);
  return { kafkaBrokers, ...database };
}

/** Waits for both, so that nothing is still starting when the caller cleans up after a fault. */
async function allOrFirstFault<A, B>(work: [A | Promise<A>, B | Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function startKafka(options: InfraOptions, jars: string): Promise<string> {
  const port = await choosePort('Kafka', { ...options.ports.kafka, option: '--kafka-port' }, options.report);
  const { disks: { kafkaData } = {} } = options;
  const [controllerPort = 0] = await rememberedPorts(options.layout.portsFile, 'kafkaController', 1);
  await step(options.report, `Kafka on 127.0.0.1:${port}`, 0, async () => {
    await options.supervisor.start(
      await prepareKafkaBroker({
        ...{ jars, folder: options.layout.kafka, port, controllerPort },
        ...(kafkaData === undefined ? {} : { data: kafkaData }),
        ...(options.security === undefined ? {} : { security: options.security.kafka }),
      }),
    );
  });
  return `127.0.0.1:${port}`;
}

async function startDatabaseAndEngine(options: InfraOptions): Promise<Omit<InfraEndpoints, 'kafkaBrokers'>> {
  const { external } = options;
  if (external.dbUrl !== undefined && external.temporalAddress !== undefined) {
    return { dbUrl: external.dbUrl, temporalAddress: external.temporalAddress };
  }
  // Our own Temporal keeps its data in our own PostgreSQL, also when the read models live elsewhere.
  const postgresPort = await startPostgres(options);
  const dbUrl = external.dbUrl ?? postgresUrl(postgresPort, options.secrets.postgresPassword, 'flowplane');
  const temporalAddress = external.temporalAddress ?? (await startTemporal(options, postgresPort));
  return { dbUrl, temporalAddress };
}

async function startPostgres(options: InfraOptions): Promise<number> {
  const port = await choosePort('PostgreSQL', { ...options.ports.postgres, option: '--postgres-port' }, options.report);
  const password = options.secrets.postgresPassword;
  await step(options.report, `PostgreSQL on 127.0.0.1:${port}`, 0, async () => {
    const binaries = await ensurePostgresBinaries();
    const folder = options.layout.postgres;
    const { isThrowaway = false, disks: { postgresWal } = {} } = options;
    const wal = postgresWal === undefined ? {} : { wal: postgresWal };
    const security = options.security === undefined ? {} : { security: options.security.postgres };
    await options.supervisor.start(
      await preparePostgresServer({ binaries, folder, port, password, isThrowaway, ...wal, ...security }),
    );
  });
  return port;
}

/** Brings the engine's databases to this version's schema, also when there are none, and starts it. */
export async function startTemporal(options: InfraOptions, postgresPort: number): Promise<string> {
  const frontend = await choosePort(
    'Temporal',
    { ...options.ports.temporal, option: '--temporal-port' },
    options.report,
  );
  const internal = await rememberedPorts(
    options.layout.portsFile,
    'temporalInternal',
    options.security === undefined ? 7 : 9,
  );
  await step(options.report, `Temporal on 127.0.0.1:${frontend}`, 0, async () => {
    const spec = await prepareTemporalServer({
      binaries: await ensureTemporalBinaries(options.cache, options.report),
      folder: options.layout.temporal,
      ports: { frontend, internal },
      postgres: { port: postgresPort, user: POSTGRES_USER, password: options.secrets.postgresPassword },
      ...(options.temporalMetricsPort === undefined ? {} : { metricsPort: options.temporalMetricsPort }),
      ...(options.security === undefined ? {} : { security: options.security.temporal }),
    });
    await options.supervisor.start(spec);
  });
  return `127.0.0.1:${frontend}`;
}
