import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONNECTION_ENTRIES, connectionFaults, kafkaConfig, readConfig } from '@flowplane/plumbing/config';
import {
  connectKafka,
  ensureTopics,
  joinGroup,
  makeBatchProducer,
  makeDirectReader,
  topicLayouts,
  type KafkaClient,
} from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { ensureDatabase, listen, makePool } from '@flowplane/plumbing/postgres';
import { until } from '@flowplane/plumbing/test/kafka';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApiClient, publishFlow } from './driver/api-client.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { chainFlow } from './driver/definitions.js';
import { allowServices } from './driver/kafka-rights.js';
import { acceptRuns, allClosed, endings } from './driver/runs.js';
import { EXPIRED_ENGINE, MUTUAL_ENGINE, startSecureStack, type SecureStack, type User } from './driver/secure-stack.js';
import { spawnService } from './driver/spawned-service.js';

type Env = Readonly<Record<string, string>>;

const logger = makeLogger({ service: 'test', level: 'silent' });
/** The longest wait for the message that a connection cannot be made. */
const PROMPT_MS = 10_000;
/** A process that has not ended by then never will. */
const HUNG_MS = 240_000;

let secure: SecureStack;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowplane-logs-'));
  secure = await startSecureStack();
  // The first handshake of a broker on a busy machine may take longer than a client waits.
  await until('the broker', () => withClient(secure.kafkaEnv('admin'), reach).catch(() => false), 120_000);
});
afterAll(async () => {
  await secure?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A client of the brokers as a process with this environment has it. */
const clientOf = (env: Env): Promise<KafkaClient> => {
  const config = readConfig({ FLOWS_DB_URL: 'postgres://h/d', ...env }, CONNECTION_ENTRIES, connectionFaults);
  return connectKafka(kafkaConfig(config, 'test'), logger);
};

async function withClient<T>(env: Env, work: (client: KafkaClient) => Promise<T>): Promise<T> {
  const client = await clientOf(env);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const reach = (client: KafkaClient): Promise<true> => topicLayouts(client, ['t']).then(() => true);

/** What a call throws, which must not take long. */
async function faultOf(call: () => Promise<unknown>): Promise<string> {
  const since = performance.now();
  const fault = await call().then(
    () => 'nothing',
    (cause: unknown) => (cause as Error).message,
  );
  expect(performance.now() - since).toBeLessThan(PROMPT_MS);
  return fault;
}

/** Everything one member of the system does with a topic: create, join a group, write, read. */
async function roundTrip(client: KafkaClient, topic: string): Promise<string | undefined> {
  await ensureTopics(client, [{ name: topic, partitions: 1, config: {} }], { partitions: 1, replicationFactor: 1 });
  let assigned: readonly number[] = [];
  const member = joinGroup(
    client,
    { groupId: topic, topic },
    { onAssigned: (partitions) => void (assigned = partitions), onLost: () => undefined },
  );
  const producer = makeBatchProducer(client, { topic });
  const reader = makeDirectReader(client, { topic });
  try {
    await until('the group', () => assigned.length === 1);
    await producer.append({ partition: 0, key: null, value: Buffer.from('hello'), headers: {} });
    await member.commit(new Map([[0, 1]]));
    reader.assign(new Map([[0, 0]]));
    return await until('the record', async () => (await reader.poll(1000))[0]?.value?.toString());
  } finally {
    await Promise.all([reader.close(), producer.close(), member.leave()]);
  }
}

describe('Kafka', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'is spoken to over TLS by who has authenticated with %s',
    (mechanism) =>
      withClient({ ...secure.kafkaEnv('admin'), KAFKA_SASL_MECHANISM: mechanism }, async (client) => {
        expect(await roundTrip(client, `trip-${mechanism}`)).toBe('hello');
      }),
  );

  it('takes a client certificate instead of a password', async () => {
    const { files, brokers } = secure;
    const certificate = { KAFKA_SSL_CERT_FILE: files.cert, KAFKA_SSL_KEY_FILE: files.key };
    const env = { KAFKA_BROKERS: brokers.mutual, KAFKA_SSL: '1', KAFKA_SSL_CA_FILE: files.ca };
    expect(await withClient({ ...env, ...certificate }, (client) => roundTrip(client, 'trip-mutual'))).toBe('hello');
    expect(await faultOf(() => withClient(env, reach))).toMatch(
      /does not accept our certificate: look at KAFKA_SSL_CERT_FILE/,
    );
  });

  it.each<[string, (env: Env) => Env, RegExp]>([
    [
      'a wrong password',
      (env) => ({ ...env, KAFKA_SASL_PASSWORD: 'x' }),
      /look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
    ],
    [
      'a wrong password (plain)',
      (env) => ({ ...env, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'x' }),
      /look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
    ],
    [
      'an expired certificate',
      (env) => ({ ...env, KAFKA_BROKERS: secure.brokers.expired }),
      /KAFKA_BROKERS has expired/,
    ],
    [
      'an unknown authority',
      (env) => ({ ...env, KAFKA_SSL_CA_FILE: secure.files.otherCa }),
      /look at KAFKA_SSL_CA_FILE/,
    ],
    ['plaintext', ({ KAFKA_BROKERS = '' }) => ({ KAFKA_BROKERS }), /does this port want TLS \(KAFKA_SSL\)/],
    [
      'no user',
      ({ KAFKA_BROKERS = '', KAFKA_SSL = '', KAFKA_SSL_CA_FILE = '' }) => ({
        KAFKA_BROKERS,
        KAFKA_SSL,
        KAFKA_SSL_CA_FILE,
      }),
      /SASL \(KAFKA_SASL_MECHANISM\)/,
    ],
  ])('says what to look at: %s', async (_, change, message) => {
    const env = change(secure.kafkaEnv('admin'));
    expect(await faultOf(() => withClient(env, reach))).toMatch(message);
  });
});

describe('Postgres', () => {
  it.each(['require', 'verify-ca', 'verify-full'])(
    'is asked and listened to over TLS with sslmode=%s',
    async (mode) => {
      const url = secure.databaseUrl('flowplane', { mode });
      const pool = makePool(url, { max: 1, applicationName: 'test' });
      const heard: string[] = [];
      let isListening = false;
      const listener = listen(
        url,
        'secure',
        (payload) => heard.push(payload),
        () => Promise.resolve(void (isListening = true)),
      );
      try {
        await until('listening', () => isListening);
        const { rows } = await pool.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
        await pool.query("NOTIFY secure, 'hello'");
        expect(rows).toEqual([{ ssl: true }]);
        await until('the notification', () => heard.includes('hello'));
      } finally {
        await listener.close();
        await pool.end();
      }
    },
  );

  it.each<[string, () => string, RegExp]>([
    [
      'a wrong password',
      () => secure.databaseUrl('flowplane').replace(/:[^:@]+@/, ':x@'),
      /user or password: look at FLOWS_DB_URL/,
    ],
    [
      'an unknown authority',
      () => secure.databaseUrl('flowplane', { ca: secure.files.otherCa }),
      /look at sslrootcert in FLOWS_DB_URL/,
    ],
    [
      'another name',
      () => secure.databaseUrl('flowplane').replace('127.0.0.1', 'localhost'),
      /another host name than that in the host of FLOWS_DB_URL/,
    ],
    ['plaintext', () => secure.databaseUrl('flowplane', { mode: 'disable' }), /look at sslmode in FLOWS_DB_URL/],
  ])('says what to look at: %s', async (_, url, message) => {
    expect(await faultOf(() => ensureDatabase(url()))).toMatch(message);
  });

  it('says what to look at: an expired certificate', async () => {
    const admin = makePool(secure.databaseUrl('postgres'), { max: 1, applicationName: 'test' });
    const show = async (name: string): Promise<void> => {
      await admin.query(`ALTER SYSTEM SET ssl_cert_file = '${name}.crt'`);
      await admin.query(`ALTER SYSTEM SET ssl_key_file = '${name}.key'`);
      await admin.query('SELECT pg_reload_conf()');
    };
    try {
      await show('expired');
      let fault = '';
      await until('a fault', async () => {
        fault = await faultOf(() => ensureDatabase(secure.databaseUrl('flowplane')));
        return fault !== 'nothing'; // the server reads its files again when it gets to it
      });
      expect(fault).toMatch(/at the host of FLOWS_DB_URL .*has expired/);
    } finally {
      await show('server');
      await admin.end();
    }
  });
});

/** Runs a process of ours that is to refuse its environment, and returns what it said. */
async function refusalOf(entry: string, env: Env): Promise<string> {
  const log = join(folder, `${entry.replaceAll('/', '-')}-${performance.now()}.log`);
  const service = spawnService(entry, env, log);
  const late = setTimeout(() => service.signal('SIGKILL'), HUNG_MS);
  expect(await service.ended).toBe(1);
  clearTimeout(late);
  return readFile(log, 'utf8');
}

describe('the engine', () => {
  const SETUP = 'worker/dist/setup/main.js';
  const engineEnv = async (...permissions: readonly string[]): Promise<Env> => ({
    TEMPORAL_ADDRESS: secure.stack.endpoints.temporalAddress,
    TEMPORAL_NAMESPACE: 'refused',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: secure.files.ca,
    TEMPORAL_API_KEY: await secure.apiKey(...permissions),
  });

  it.each<[string, (env: Env) => Env, RegExp]>([
    ['a key without the right', (env) => env, /look at TEMPORAL_API_KEY/],
    ['a wrong key', (env) => ({ ...env, TEMPORAL_API_KEY: 'x' }), /look at TEMPORAL_API_KEY/],
    [
      'an unknown authority',
      (env) => ({ ...env, TEMPORAL_TLS_SERVER_CA_CERT_PATH: secure.files.otherCa }),
      /look at TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    ],
    [
      'an expired certificate',
      (env) => ({ ...env, TEMPORAL_TLS_SERVER_NAME: EXPIRED_ENGINE }),
      /at TEMPORAL_ADDRESS has expired/,
    ],
    [
      'no client certificate',
      (env) => ({ ...env, TEMPORAL_TLS_SERVER_NAME: MUTUAL_ENGINE }),
      /look at TEMPORAL_TLS_CLIENT_CERT_PATH/,
    ],
    ['plaintext', ({ TEMPORAL_ADDRESS = '' }) => ({ TEMPORAL_ADDRESS }), /look at TEMPORAL_TLS\b/],
  ])('says what to look at: %s', async (_, change, message) => {
    expect(await refusalOf(SETUP, change(await engineEnv('elsewhere:admin')))).toMatch(message);
  });
});

describe('the whole system', () => {
  let called: CalledServer;
  let services: IsolatedServices;
  const namespace = 'secure';

  beforeAll(async () => {
    await allowServices(secure, folder);
    called = await startCalledServer();
    const { files, stack, databaseUrl, kafkaEnv, apiKey } = secure;
    const [TEMPORAL_API_KEY, ofClient] = await Promise.all([
      apiKey('temporal-system:admin', `${namespace}:admin`),
      apiKey(`${namespace}:write`),
    ]);
    const users: readonly User[] = [
      'command-service',
      'projection-service',
      'trigger-service',
      'monitor-service',
      'executor',
      'worker',
    ];
    services = await startServices({
      endpoints: { ...stack.endpoints, dbUrl: databaseUrl('flowplane') },
      env: {
        FLOWS_TOPIC_PREFIX: '',
        FLOWS_HTTP_ALLOW_HOSTS: called.hostPort,
        TEMPORAL_NAMESPACE: namespace,
        TEMPORAL_TLS_SERVER_NAME: MUTUAL_ENGINE,
        TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca,
        TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert,
        TEMPORAL_TLS_CLIENT_KEY_PATH: files.key,
        TEMPORAL_API_KEY,
      },
      envOf: Object.fromEntries(users.map((user) => [user, { ...kafkaEnv(user), TEMPORAL_API_KEY: ofClient }])),
    });
  });
  afterAll(async () => {
    await services?.close();
    await called?.close();
  });

  it('completes a flow, each service as a principal of its own', async () => {
    const client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
    await publishFlow(client, 'chain', chainFlow(called.url, 2));
    const runs = await acceptRuns(client, 'chain', ['one']);
    expect(endings(await allClosed(client, 'chain', runs, 30_000))).toEqual(['Completed']);
  });

  it.each<[User, string]>([
    ['foreign', 'flows.events.v1'],
    ['foreign', 'flows.commands.v1'],
    ['projection-service', 'flows.commands.v1'],
    ['projection-service', 'flows.events.v1'],
    ['trigger-service', 'flows.events.v1'],
    ['executor', 'flows.events.v1'],
    ['worker', 'flows.events.v1'],
    ['monitor-service', 'flows.runs.v1'],
  ])('%s may not write %s', (user, topic) =>
    withClient(secure.kafkaEnv(user), async (client) => {
      const producer = makeBatchProducer(client, { topic, deliveryTimeoutMs: 3000 });
      const record = { partition: 0, key: null, value: Buffer.from('forged'), headers: {} };
      expect(await faultOf(() => producer.append(record))).toMatch(/authorization.failed|not authorized/i);
      await producer.close();
    }),
  );
});

describe('in production', () => {
  const ELSEWHERE = {
    NODE_ENV: 'production',
    KAFKA_BROKERS: 'kafka.example:9092',
    FLOWS_DB_URL: 'postgres://u:hunter2@db.example/flows',
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    FLOW_EXECUTION_TOKEN_SECRET: 's'.repeat(32),
  };
  const LOG_AND_STORE = 'KAFKA_BROKERS would be[^]*FLOWS_DB_URL would be reached in plaintext';
  const ENGINE = 'TEMPORAL_ADDRESS would be reached in plaintext';

  it.concurrent.each([
    ['command-service/dist/main.js', LOG_AND_STORE],
    ['projection-service/dist/main.js', LOG_AND_STORE],
    ['projection-service/dist/rebuild/main.js', LOG_AND_STORE],
    ['trigger-service/dist/main.js', LOG_AND_STORE],
    ['monitor-service/dist/main.js', LOG_AND_STORE],
    ['worker/dist/executor/main.js', `${LOG_AND_STORE}[^]*${ENGINE}`],
    ['worker/dist/interpreter/main.js', `${LOG_AND_STORE}[^]*${ENGINE}`],
    ['worker/dist/setup/main.js', ENGINE],
  ])('%s refuses plaintext', async (entry, message) => {
    const said = await refusalOf(entry, ELSEWHERE);
    expect(said).toMatch(new RegExp(message));
    expect(said).not.toContain('hunter2');
  });
});
