import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  decodeMessage,
  TOPICS,
  topicNames,
  type Command,
  type FlowDefinition,
  type Frame,
  type RecordExecutionClosed,
} from '@flowplane/contracts';
import {
  connectKafka,
  deleteTopics,
  ensureTopics,
  makeDirectReader,
  type KafkaClient,
  type LogRecord,
} from '@flowplane/plumbing/kafka';
import { until } from '@flowplane/plumbing/test/kafka';
import { ensureDatabase, makePool, migrate, type Pool } from '@flowplane/plumbing/postgres';
import { Client, Connection } from '@temporalio/client';
import { makeLogger } from '@flowplane/plumbing/logging';
import { publishInto } from '../interpreter/test-flows.js';
import { setUpEngine } from '../../src/setup/set-up-engine.js';
import { openLogWriter, type LogWriter, type TrialScope } from './log-writer.js';

/** Real log, stores and engine for one test file: topics, databases and a namespace of its own, gone at the end. */
export type Trial = {
  readonly env: Readonly<Record<string, string>>;
  readonly kafka: KafkaClient;
  readonly log: LogWriter;
  readonly partitions: number;
  readonly readPool: Pool;
  readonly statePool: Pool;
  readonly temporal: Client;
  readonly scope: TrialScope;
  /** Puts a published version into the read model, as the projection would. */
  readonly publish: (flowId: string, definition: FlowDefinition, of?: TrialScope) => Promise<void>;
  /** Says how far the control projection is. */
  readonly projected: (partition: number, offset: number) => Promise<void>;
  /** Puts a run into the read model. */
  readonly project: (executionId: string, flowId: string, status: string, closed: boolean) => Promise<void>;
  /** Puts a run that is over into the read model, as the event of its report would. */
  readonly projectClosed: (report: RecordExecutionClosed['data']) => Promise<void>;
  /** Commands the executor has appended so far. */
  readonly commands: () => Promise<readonly Command[]>;
  /** The report of the end of a run, once there is one. */
  readonly closed: (executionId: string, timeoutMs?: number) => Promise<RecordExecutionClosed['data']>;
  readonly frames: () => Promise<readonly Frame[]>;
  readonly end: () => Promise<void>;
};

const PARTITIONS = 2;
const SETUP_MS = 60_000;
const END_MS = 90_000;
const READ_MODEL = fileURLToPath(new URL('../../../projection-service/migrations', import.meta.url));
const silent = makeLogger({ service: 'trial', level: process.env['LOG_LEVEL'] ?? 'silent' });

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start the stack (npm test does)`);
  return value;
}

const urlOf = (adminUrl: string, database: string): string => {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.toString();
};

export async function startTrial(): Promise<Trial> {
  const id = `x${randomUUID().slice(0, 8)}`;
  const adminUrl = required('FLOWS_DB_URL');
  const env = {
    KAFKA_BROKERS: required('KAFKA_BROKERS'),
    TEMPORAL_ADDRESS: required('TEMPORAL_ADDRESS'),
    FLOWS_DB_URL: urlOf(adminUrl, `${id}_read`),
    FLOWS_STATE_DB_URL: urlOf(adminUrl, `${id}_state`),
    FLOWS_TOPIC_PREFIX: `${id}.`,
    FLOWS_PARTITIONS: String(PARTITIONS),
    TEMPORAL_NAMESPACE: id,
    TEMPORAL_TASK_QUEUE: `${id}-main`,
    FLOW_EXECUTION_TOKEN_SECRET: randomUUID(),
    FLOWS_SWEEP_INTERVAL: '500ms',
    FLOWS_SWEEP_OVERLAP: '5s',
    FLOWS_DEV_ECHO_TASKS: '1',
    WORKER_HEALTH_PORT: '0',
  };
  const kafka = await connectKafka({ brokers: env.KAFKA_BROKERS.split(','), clientId: id }, silent);
  const topics = topicNames(env.FLOWS_TOPIC_PREFIX);
  const specs = [TOPICS.commands, TOPICS.events, TOPICS.runs, TOPICS.deadLetters].map((spec) => ({
    ...spec,
    name: env.FLOWS_TOPIC_PREFIX + spec.name,
  }));
  const engine = setUpEngine({
    target: { address: env.TEMPORAL_ADDRESS, tls: false },
    namespace: id,
    retentionMs: 86_400_000,
    deadline: Date.now() + SETUP_MS,
    logger: silent,
  });
  await Promise.all([
    ensureTopics(kafka, specs, { partitions: PARTITIONS, replicationFactor: 1 }),
    ensureDatabase(env.FLOWS_DB_URL),
    ensureDatabase(env.FLOWS_STATE_DB_URL),
    engine,
  ]);
  const readPool = makePool(env.FLOWS_DB_URL, { max: 4, applicationName: 'trial' });
  const statePool = makePool(env.FLOWS_STATE_DB_URL, { max: 4, applicationName: 'trial' });
  await migrate(readPool, { schema: 'flows', directory: READ_MODEL });
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
  const temporal = new Client({ connection, namespace: id });
  const log = await openLogWriter(kafka, topics.events, PARTITIONS);
  const scope = { tenantId: 'T', workspaceId: 'W' };

  const commands = async (): Promise<readonly Command[]> => {
    const messages = await readAll(kafka, topics.commands);
    return messages.flatMap((message) => (message.kind === 'command' ? [message.command] : []));
  };
  return {
    ...{ env, kafka, log, readPool, statePool, temporal, scope, partitions: PARTITIONS, commands },
    ...readModel(readPool, scope),
    closed: (executionId, timeoutMs = END_MS) =>
      until(
        'the report of its end',
        async () =>
          (await commands())
            .flatMap((command) => (command.type === 'RecordExecutionClosed' ? [command.data] : []))
            .find((data) => data.executionId === executionId),
        timeoutMs,
      ),
    frames: async () => {
      const messages = await readAll(kafka, topics.runs);
      return messages.flatMap((message) => (message.kind === 'frame' ? [message.frame] : []));
    },
    end: async () => {
      await log.close();
      await terminateAll(temporal);
      await connection.close();
      await deleteTopics(kafka, Object.values(topics));
      await kafka.close();
      await readPool.end();
      await statePool.end();
      const admin = makePool(adminUrl, { max: 1, applicationName: 'trial' });
      for (const database of [`${id}_read`, `${id}_state`]) await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}

function readModel(pool: Pool, scope: TrialScope): Pick<Trial, 'publish' | 'projected' | 'project' | 'projectClosed'> {
  return {
    publish: (flowId, definition, of = scope) => publishInto(pool, of, flowId, definition),
    projected: async (partition, offset) => {
      await pool.query(
        `INSERT INTO flows.projection_progress (projection, partition, next_offset, epoch, owner)
         VALUES ('control', $1, $2, 1, 'trial')
         ON CONFLICT (projection, partition) DO UPDATE SET next_offset = excluded.next_offset`,
        [partition, offset],
      );
      await pool.query("SELECT pg_notify('flows_progress', $1)", [`control:${partition}:${offset}`]);
    },
    projectClosed: async ({ executionId, flowId, status, nodes }) => {
      await pool.query(
        `INSERT INTO flows.executions (execution_id, tenant_id, workspace_id, flow_id, version, status, trigger_type,
                                       input, created_at, created_offset, closed_at, nodes_json, nodes_ref)
         VALUES ($1, $2, $3, $4, 1, $5, 'manual', '{}', now(), 0, now(), $6, $7)`,
        [executionId, scope.tenantId, scope.workspaceId, flowId, status, nodes?.json, nodes?.ref],
      );
    },
    project: async (executionId, flowId, status, closed) => {
      await pool.query(
        `INSERT INTO flows.executions (execution_id, tenant_id, workspace_id, flow_id, version, status, trigger_type,
                                       input, created_at, created_offset, closed_at)
         VALUES ($1, $2, $3, $4, 1, $5, 'manual', '{}', now(), 0, CASE WHEN $6 THEN now() END)
         ON CONFLICT (execution_id) DO UPDATE SET status = excluded.status, closed_at = excluded.closed_at`,
        [executionId, scope.tenantId, scope.workspaceId, flowId, status, closed],
      );
    },
  };
}

/** Everything a topic of the trial holds, in log order per partition. */
async function readAll(kafka: KafkaClient, topic: string): Promise<ReturnType<typeof decodeMessage>[]> {
  const reader = makeDirectReader(kafka, { topic });
  try {
    reader.assign(new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, 0])));
    const records: LogRecord[] = [];
    for (let polled = await reader.poll(50); polled.length > 0; polled = await reader.poll(50)) records.push(...polled);
    return records.map((record) => decodeMessage(record.value ?? Buffer.alloc(0)));
  } finally {
    await reader.close();
  }
}

async function terminateAll(temporal: Client): Promise<void> {
  for await (const run of temporal.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    await temporal.workflow
      .getHandle(run.workflowId)
      .terminate('end of trial')
      .catch(() => undefined);
  }
}
