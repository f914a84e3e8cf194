import { randomUUID } from 'node:crypto';
import {
  encodeCommand,
  partitionOf,
  START_OF_LOG,
  TOPICS,
  topicNames,
  type Command,
  type CommandMeta,
  type Event,
  type ReadPosition,
} from '@flowplane/contracts';
import {
  connectKafka,
  deleteTopics,
  endOffsets,
  ensureTopics,
  makeBatchProducer,
  type BatchProducer,
  type KafkaClient,
} from '@flowplane/plumbing/kafka';
import { until } from '@flowplane/plumbing/test/kafka';
import { makeEventReader } from '@flowplane/runtime/consume';
import { ensureDatabase, makePool, type Pool } from '@flowplane/plumbing/postgres';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { makeLogger } from '@flowplane/plumbing/logging';
import { startDecider, type Decider, type DeciderOptions } from '../src/leadership/group.js';
import { MEMORY } from './decider-specification.js';

/** Topics, a state database and any number of deciders of one test, on the real broker and the real database. */
export type DeciderTrial = {
  readonly kafka: KafkaClient;
  readonly topics: ReturnType<typeof topicNames>;
  readonly pool: Pool;
  readonly commands: BatchProducer;
  /** Faults that deciders of this trial reported as fatal. */
  readonly fatal: Error[];
  readonly startDecider: (options?: Partial<DeciderOptions>) => Promise<MortalDecider>;
  /** Appends a command where its tenant's commands go. @returns its id and offset */
  readonly submit: (command: Command) => Promise<{ readonly commandId: string; readonly offset: number }>;
  /** Appends commands at once. @returns their ids */
  readonly submitAll: (commands: readonly Command[]) => Promise<string[]>;
  /** Events, once every one of these commands has an outcome. */
  readonly outcomesOf: (commandIds: readonly string[]) => Promise<readonly LoggedEvent[]>;
  /** Epoch and owner of a partition, as every reader judges it. */
  readonly leaderOf: (partition: number) => Promise<ReadPosition>;
  /** Everything that any rightful owner decided so far, in order, as every reader sees it. */
  readonly events: () => Promise<readonly LoggedEvent[]>;
  /** Creates the commands topic again, after a test deleted it. */
  readonly recreateCommands: () => Promise<void>;
  readonly end: () => Promise<void>;
};
/** `kill` cuts every connection it has, for good: to the broker it is as dead as a process that was killed. */
export type MortalDecider = Decider & { readonly kill: () => Promise<void> };
export type LoggedEvent = { readonly partition: number; readonly offset: number; readonly event: Event };

export async function startDeciderTrial(partitions: number): Promise<DeciderTrial> {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const logger = makeLogger({ service: 'test', level: process.env['LOG_LEVEL'] ?? 'silent' });
  const newClient = (): Promise<KafkaClient> => connectKafka({ brokers, clientId: 'decider-trial' }, logger);
  const kafka = await newClient();
  const prefix = `t${randomUUID().slice(0, 8)}.`;
  const topics = topicNames(prefix);
  const specs = [TOPICS.commands, TOPICS.events, TOPICS.deadLetters].map((spec) => ({
    ...spec,
    name: prefix + spec.name,
  }));
  await ensureTopics(kafka, specs, { partitions, replicationFactor: 1 });
  const database = await makeDatabase();
  const commands = makeBatchProducer(kafka, { topic: topics.commands });
  const fatal: Error[] = [];
  const deciders: Decider[] = [];
  const submit: DeciderTrial['submit'] = async (command) => {
    const partition = partitionOf(command.meta.tenantId, partitions);
    const record = { partition, key: command.meta.tenantId, value: encodeCommand(command), headers: {} };
    const { offset } = await commands.append(record);
    return { commandId: command.meta.commandId, offset };
  };
  const events = (): Promise<readonly LoggedEvent[]> => readEvents(kafka, topics.events, partitions);
  return {
    kafka,
    topics,
    pool: database.pool,
    commands,
    fatal,
    startDecider: async (options = {}) => {
      const own = await newClient();
      const decider = await startDecider({
        kafka: own,
        topics,
        partitions,
        statePool: database.pool,
        quotas: () => null,
        logger,
        metrics: makeMetrics(),
        onFatal: (cause) => void fatal.push(cause),
        memory: MEMORY,
        snapshotIntervalMs: 60_000,
        sessionTimeoutMs: 3000,
        groupId: `${prefix}deciders`,
        ...options,
      });
      deciders.push({
        ...decider,
        close: async () => {
          await decider.close();
          await own.close();
        },
      });
      return { ...decider, kill: own.close };
    },
    submit,
    submitAll: async (all) => (await Promise.all(all.map(submit))).map(({ commandId }) => commandId),
    outcomesOf: (ids) => untilDecided(events, ids),
    leaderOf: (partition) => leaderOf(kafka, topics.events, partition),
    recreateCommands: () => ensureTopics(kafka, specs.slice(0, 1), { partitions, replicationFactor: 1 }),
    events,
    end: async () => {
      for (const decider of deciders) await decider.close();
      await commands.close();
      await deleteTopics(kafka, [topics.commands, topics.events, topics.deadLetters]);
      await kafka.close();
      await database.drop();
    },
  };
}

async function makeDatabase(): Promise<{ readonly pool: Pool; readonly drop: () => Promise<void> }> {
  const adminUrl = process.env['FLOWS_DB_URL'];
  if (adminUrl === undefined) throw new Error('FLOWS_DB_URL is not set: start the stack (npm test does)');
  const name = `decider_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  await ensureDatabase(url.toString());
  const pool = makePool(url.toString(), { max: 6, applicationName: 'decider-trial' });
  return {
    pool,
    drop: async () => {
      await pool.end();
      const admin = makePool(adminUrl, { max: 1, applicationName: 'decider-trial' });
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

async function readEvents(kafka: KafkaClient, topic: string, partitions: number): Promise<readonly LoggedEvent[]> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const ends = await endOffsets(kafka, topic, all);
  const open = new Set(all.filter((partition) => (ends.get(partition) ?? 0) > 0));
  const reader = makeEventReader(kafka, { topic, onNewer: 'throw' });
  reader.assign(new Map([...open].map((partition) => [partition, START_OF_LOG])));
  const events: LoggedEvent[] = [];
  while (open.size > 0) {
    for (const { partition, records, position } of await reader.poll(1000)) {
      for (const record of records) {
        if (record.kind === 'poison') throw record.cause;
        events.push({ partition, offset: record.offset, event: record.event });
      }
      if (position.offset >= (ends.get(partition) ?? 0)) open.delete(partition);
    }
  }
  await reader.close();
  return events;
}

const untilDecided = (events: DeciderTrial['events'], commandIds: readonly string[]): Promise<readonly LoggedEvent[]> =>
  until(
    'every outcome',
    async () => {
      const all = await events();
      const decided = new Set(all.map(({ event }) => event.meta.commandId));
      return commandIds.every((id) => decided.has(id)) && all;
    },
    50_000,
  );

async function leaderOf(kafka: KafkaClient, topic: string, partition: number): Promise<ReadPosition> {
  const end = (await endOffsets(kafka, topic, [partition])).get(partition) ?? 0;
  const reader = makeEventReader(kafka, { topic, onNewer: 'throw' });
  reader.assign(new Map([[partition, START_OF_LOG]]));
  let position = START_OF_LOG;
  while (position.offset < end) for (const batch of await reader.poll(500)) position = batch.position;
  await reader.close();
  return position;
}

/** Meta of a new command; what a test does not say is the same for all. */
export function metaOf(tenantId: string, given: Partial<CommandMeta> = {}): CommandMeta {
  return {
    commandId: randomUUID(),
    tenantId,
    workspaceId: 'w1',
    actorId: 'alice',
    actorRoles: ['tenant_owner'],
    correlationId: 'correlation',
    traceparent: null,
    submittedAt: Date.now(),
    attempt: 1,
    idempotency: null,
    ...given,
  };
}

export const createFlowCommand = (tenantId: string, flowId: string, given: Partial<CommandMeta> = {}): Command => ({
  type: 'CreateFlow',
  meta: metaOf(tenantId, given),
  data: {
    flowId,
    name: flowId,
    dslApiVersion: 'v1.0',
    definition: '{"nodes":[]}',
    definitionYaml: null,
    verdict: null,
  },
});

export const publishCommand = (
  tenantId: string,
  flowId: string,
  draftRevision: number,
  given: Partial<CommandMeta> = {},
): Command => ({
  type: 'PublishFlow',
  meta: metaOf(tenantId, given),
  data: {
    flowId,
    expectedRevision: null,
    draftRevision,
    draftBirth: null,
    definition: '{"nodes":[]}',
    definitionYaml: null,
    dslApiVersion: 'v1.0',
    triggers: [],
    verdict: null,
  },
});

export const startCommand = (tenantId: string, flowId: string, given: Partial<CommandMeta> = {}): Command => ({
  type: 'StartExecution',
  meta: metaOf(tenantId, given),
  data: {
    flowId,
    executionId: `${tenantId}:${given.workspaceId ?? 'w1'}:${flowId}:${randomUUID()}`,
    version: null,
    input: '{}',
    triggerType: 'manual',
    labels: '{}',
    verdict: null,
    strictInputs: false,
  },
});
