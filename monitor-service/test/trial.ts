import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { TOPICS, topicNames } from '@flowplane/contracts';
import { connectKafka, deleteTopics, ensureTopics, type KafkaClient } from '@flowplane/plumbing/kafka';
import { until } from '@flowplane/plumbing/test/kafka';
import { ensureDatabase, makePool } from '@flowplane/plumbing/postgres';
import { makeLogger } from '@flowplane/plumbing/logging';
import { openTrialWriter, type TrialWriter } from './event-writer.js';

export type ServiceProcess = {
  readonly url: string;
  /** Kills the process as a crash would and starts it again on the same port. */
  readonly restart: () => Promise<void>;
  /** Asks the process to end. @returns its exit code */
  readonly terminate: () => Promise<number | null>;
};

/** The real projection and monitor as processes, on topics and databases of their own. */
export type Trial = {
  readonly kafka: KafkaClient;
  readonly topics: ReturnType<typeof topicNames>;
  readonly partitions: number;
  readonly writer: TrialWriter;
  readonly monitor: ServiceProcess;
  readonly projection: ServiceProcess;
  readonly end: () => Promise<void>;
};

const PARTITIONS = 2;
const MAINS = {
  monitor: fileURLToPath(new URL('../dist/main.js', import.meta.url)),
  projection: fileURLToPath(new URL('../../projection-service/dist/main.js', import.meta.url)),
};

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start the stack (npm test does)`);
  return value;
}

export async function startTrial(settings: Readonly<Record<string, string>> = {}): Promise<Trial> {
  const id = `m${randomUUID().slice(0, 8)}`;
  const adminUrl = required('FLOWS_DB_URL');
  const urlOf = (database: string): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    return url.toString();
  };
  const env = {
    PATH: process.env['PATH'],
    KAFKA_BROKERS: required('KAFKA_BROKERS'),
    FLOWS_DB_URL: urlOf(`${id}_read`),
    FLOWS_STATE_DB_URL: urlOf(`${id}_state`),
    FLOWS_TOPIC_PREFIX: `${id}.`,
    FLOWS_PARTITIONS: String(PARTITIONS),
    ...settings,
  };
  const kafka = await connectKafka(
    { brokers: env.KAFKA_BROKERS.split(','), clientId: id },
    makeLogger({ service: 'trial', level: 'silent' }),
  );
  const topics = topicNames(env.FLOWS_TOPIC_PREFIX);
  const specs = Object.values(TOPICS).map((spec) => ({ ...spec, name: env.FLOWS_TOPIC_PREFIX + spec.name }));
  await ensureTopics(kafka, specs, { partitions: PARTITIONS, replicationFactor: 1 });
  for (const database of [`${id}_read`, `${id}_state`]) await ensureDatabase(urlOf(database));
  const writer = await openTrialWriter(kafka, topics, PARTITIONS);
  const services = await Promise.all([runService(MAINS.projection, env), runService(MAINS.monitor, env)]);
  const [projection, monitor] = services;

  return {
    ...{ kafka, topics, writer, projection, monitor, partitions: PARTITIONS },
    end: async () => {
      await Promise.all(services.map((service) => service.terminate()));
      await writer.close();
      await deleteTopics(kafka, Object.values(topics));
      await kafka.close();
      const admin = makePool(adminUrl, { max: 1, applicationName: 'trial' });
      for (const database of [`${id}_read`, `${id}_state`]) await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}

async function runService(main: string, env: Readonly<Record<string, string | undefined>>): Promise<ServiceProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [main], { env: { ...env, PORT: String(port) }, stdio: 'ignore' });
    await until(`${url} to be ready`, () => isReady(url), 60_000);
  };
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  await start();
  return {
    url,
    restart: async () => {
      await stop('SIGKILL');
      await start();
    },
    terminate: () => stop('SIGTERM'),
  };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    (response) => response.ok,
    () => false,
  );

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
