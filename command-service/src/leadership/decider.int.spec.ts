import {
  DEFAULT_LIMITS,
  encodeEpochStarted,
  encodeEvent,
  hardQuotas,
  HEADER,
  packLogHeader,
  partitionOf,
  type Command,
  type Event,
  type EventMeta,
} from '@flowplane/contracts';
import { deleteTopics, endOffsets, makeBatchProducer, makeDirectReader, topicId } from '@flowplane/plumbing/kafka';
import { cutAllConnections, until } from '@flowplane/plumbing/test/kafka';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectSoundLog, mostOpenRuns } from '../../test/audit-log.js';
import {
  createFlowCommand,
  metaOf,
  publishCommand,
  startCommand,
  startDeciderTrial,
  type DeciderTrial,
  type LoggedEvent,
} from '../../test/decider-trial.js';

const PARTITIONS = 3;
const ALL = [0, 1, 2];
let trial: DeciderTrial;
beforeEach(async () => {
  trial = await startDeciderTrial(PARTITIONS);
});
afterEach(() => trial.end());

const idempotent = (key: string) => ({ idempotency: { key, fingerprint: 'same' } });

test('commands get their outcome, once, in order', async () => {
  const decider = await trial.startDecider();
  const ids = await trial.submitAll([
    createFlowCommand('acme', 'f1'),
    createFlowCommand('acme', 'f1'),
    publishCommand('acme', 'f1', 1),
    publishCommand('acme', 'f1', 0),
    startCommand('acme', 'f1'),
  ]);
  const events = await trial.outcomesOf(ids);
  expect(events.map(({ event }) => event.type)).toEqual([
    'FlowCreated',
    'CommandRejected',
    'FlowVersionPublished',
    'CommandStale',
    'ExecutionRequested',
  ]);
  expect(events.map(({ event }) => event.meta.commandId)).toEqual(ids);
  expectSoundLog(events, ids);
  await until('it decides all', () => decider.ownedPartitions().length === PARTITIONS);
  expect(decider.ownedPartitions()).toEqual(ALL);
});

/** Publishes and starts of some tenants, all at once: what they get depends on the order, but on nothing else. */
function crowd(count: number): Command[] {
  return Array.from({ length: count }, (_, n) => {
    const tenant = `tenant-${n % 7}`;
    if (n < 7) return createFlowCommand(tenant, 'f');
    if (n % 5 === 0) return { ...publishCommand(tenant, 'f', 1), meta: metaOf(tenant, { attempt: 1 }) };
    if (n % 11 === 0) return createFlowCommand(tenant, `f${n}`, idempotent(`key-${n % 77}`));
    return startCommand(tenant, 'f');
  });
}

test('2,000 concurrent commands, the owner killed in the middle: one outcome each, counters exact', async () => {
  const limits = { ...DEFAULT_LIMITS, max_concurrent_executions: 40, flow_starts_per_minute: -1, max_flows: 5 };
  const configured = hardQuotas(limits);
  const quotas = () => configured;
  const first = await trial.startDecider({ quotas });
  const second = await trial.startDecider({ quotas });
  const shared = (): boolean => first.ownedPartitions().length > 0 && second.ownedPartitions().length > 0;
  await until('both decide', () => shared() && first.ownedPartitions().length + second.ownedPartitions().length === 3);
  const commands = crowd(2000);
  const early = trial.submitAll(commands.slice(0, 1500));
  await until('some are decided', async () => (await trial.events()).length > 50);
  await first.kill();
  expect((await trial.events()).length).toBeLessThan(2000);
  const ids = [...(await early), ...(await trial.submitAll(commands.slice(1500)))];
  const events = await trial.outcomesOf(ids);
  expectSoundLog(events, ids);
  expect(mostOpenRuns(events)).toBe(40);
  const refused = events.filter(({ event }) => event.type === 'CommandRejected').length;
  expect(refused).toBeGreaterThan(100);
  expect(trial.fatal).toEqual([]);
});

test('deciders share the partitions, and every rebalance leaves the log sound', async () => {
  const a = await trial.startDecider();
  await until('a has all', () => a.ownedPartitions().length === PARTITIONS);
  const ids = await trial.submitAll(crowd(300));
  const b = await trial.startDecider();
  ids.push(...(await trial.submitAll(crowd(300).slice(7))));
  await until('both have some', () => {
    const [ofA, ofB] = [a.ownedPartitions(), b.ownedPartitions()];
    return ofA.length > 0 && ofB.length > 0 && new Set([...ofA, ...ofB]).size === PARTITIONS;
  });
  ids.push(...(await trial.submitAll(crowd(300).slice(7))));
  await trial.outcomesOf(ids);
  await b.close();
  await until('a has all again', () => a.ownedPartitions().length === PARTITIONS);
  ids.push(...(await trial.submitAll(crowd(100).slice(7))));
  expectSoundLog(await trial.outcomesOf(ids), ids);
});

test('connections cut under load: owners come back by themselves, nothing is missing or doubled', async () => {
  const decider = await trial.startDecider();
  await until('it decides', () => decider.ownedPartitions().length === PARTITIONS);
  const ids = await trial.submitAll(crowd(7));
  for (let round = 0; round < 4; round++) {
    const submitting = trial.submitAll(crowd(300).slice(7));
    await until('the round has begun', async () => (await trial.events()).length > ids.length + 10);
    expect(cutAllConnections()).toBeGreaterThan(3);
    ids.push(...(await submitting));
    await trial.outcomesOf(ids);
  }
  expectSoundLog(await trial.outcomesOf(ids), ids);
  await until('it decides all again', () => decider.ownedPartitions().length === PARTITIONS);
  expect(trial.fatal).toEqual([]);
});

/** Writes into the events topic as somebody who is not, or no longer, the owner. */
async function plant(
  records: readonly { epoch: number; owner: string; event?: Event; partition: number }[],
): Promise<void> {
  const producer = makeBatchProducer(trial.kafka, { topic: trial.topics.events });
  const commandsTopicId = await topicId(trial.kafka, trial.topics.commands);
  for (const { epoch, owner, event, partition } of records) {
    const marker = { partition, epoch, owner, commandsTopicId, startedAt: 1 };
    await producer.append({
      partition,
      key: 'planted',
      value: event === undefined ? encodeEpochStarted(marker) : encodeEvent(event),
      headers: {
        [HEADER.log]: packLogHeader({ epoch, owner, commandOffset: event?.meta.commandOffset ?? -1, index: 0 }),
      },
    });
  }
  await producer.close();
}

function zombieEvent(commandOffset: number): Event {
  const { actorRoles: _roles, ...common } = metaOf('acme');
  const meta: EventMeta = {
    ...common,
    eventId: 'zombie',
    commandId: 'zombie',
    commandType: 'DeleteFlow',
    commandOffset,
    index: 0,
    count: 1,
    occurredAt: 1,
  };
  return { type: 'FlowDeleted', meta, data: { flowId: 'f', revision: 1 } };
}

test('what a zombie writes between two batches is passed over, by the owner and by every reader', async () => {
  const decider = await trial.startDecider();
  await until('it decides', () => decider.ownedPartitions().length === PARTITIONS);
  const partition = partitionOf('acme', PARTITIONS);
  const ids = await trial.submitAll([createFlowCommand('acme', 'f'), publishCommand('acme', 'f', 1)]);
  await trial.outcomesOf(ids);
  const before = await trial.leaderOf(partition);
  for (let round = 0; round < 5; round++) {
    await plant([
      { epoch: before.epoch, owner: 'zombie', event: zombieEvent(1000), partition },
      { epoch: before.epoch, owner: 'zombie', partition },
      { epoch: before.epoch - 1, owner: 'zombie', partition },
    ]);
    ids.push(...(await trial.submitAll([startCommand('acme', 'f'), publishCommand('acme', 'f', 2 + round)])));
    await trial.outcomesOf(ids);
  }
  const events = await trial.outcomesOf(ids);
  expectSoundLog(events, ids);
  expect(events.filter(({ event }) => event.type === 'FlowVersionPublished')).toHaveLength(6);
  expect(await trial.leaderOf(partition)).toMatchObject({ owner: before.owner });
});

test('a late marker takes the partition from its idle owner, who notices and takes it back', async () => {
  const decider = await trial.startDecider();
  await until('it decides', () => decider.ownedPartitions().length === PARTITIONS);
  const partition = partitionOf('acme', PARTITIONS);
  const ids = await trial.submitAll([createFlowCommand('acme', 'f'), publishCommand('acme', 'f', 1)]);
  await trial.outcomesOf(ids);
  const { epoch, owner } = await trial.leaderOf(partition);
  await plant([{ epoch: epoch + 1, owner: 'late', partition }]);
  const after = await until('it marked anew', async () => {
    const now = await trial.leaderOf(partition);
    return now.owner !== 'late' && now.owner !== owner && now;
  });
  expect(after.epoch).toBe(epoch + 2);
  ids.push(...(await trial.submitAll([publishCommand('acme', 'f', 2)])));
  expectSoundLog(await trial.outcomesOf(ids), ids);
});

test('late markers under load: what their owner writes after them does not count and is decided again', async () => {
  const decider = await trial.startDecider();
  await until('it decides', () => decider.ownedPartitions().length === PARTITIONS);
  const partition = partitionOf('tenant-0', PARTITIONS);
  const ids = await trial.submitAll(crowd(7));
  let planted = 0;
  for (let round = 0; round < 8; round++) {
    const submitting = trial.submitAll(crowd(400).slice(7));
    const { epoch } = await trial.leaderOf(partition);
    await plant([{ epoch: epoch + 1, owner: `late-${round}`, partition }]);
    planted++;
    ids.push(...(await submitting));
  }
  const events = await trial.outcomesOf(ids);
  expectSoundLog(events, ids);
  const { epoch } = await trial.leaderOf(partition);
  expect(epoch).toBeGreaterThan(planted);
  expect(trial.fatal).toEqual([]);
});

test('with snapshots and without, a new owner decides the same', async () => {
  const first = await trial.startDecider({ snapshotIntervalMs: 200 });
  await until('it decides', () => first.ownedPartitions().length === PARTITIONS);
  const keyed = startCommand('tenant-1', 'f', idempotent('once'));
  const ids = await trial.submitAll([...crowd(200), publishCommand('tenant-1', 'f', 1), keyed]);
  await trial.outcomesOf(ids);
  const snapshots = (): Promise<number> =>
    trial.pool.query('SELECT 1 FROM command.snapshot_tenants').then(({ rows }) => rows.length);
  await until('snapshots are written', async () => (await snapshots()) === 7);
  ids.push(...(await trial.submitAll([startCommand('tenant-1', 'f')])));
  await trial.outcomesOf(ids);
  await first.kill();

  /** Each takeover asks what only state can answer: a replay, a taken id, the next version. */
  const askNewOwner = async (revision: number): Promise<readonly string[]> => {
    const decider = await trial.startDecider({ snapshotIntervalMs: 100_000 });
    await until('it decides', () => decider.ownedPartitions().length === PARTITIONS);
    const asked = await trial.submitAll([
      { ...startCommand('tenant-1', 'f', idempotent('once')) },
      createFlowCommand('tenant-1', 'f'),
      publishCommand('tenant-1', 'f', revision),
    ]);
    ids.push(...asked);
    const events = await trial.outcomesOf(ids);
    await decider.kill();
    return asked.map((id) => describe(events, id));
  };
  const published = (await trial.events()).filter(
    ({ event: { type, meta } }) => type === 'FlowVersionPublished' && meta.tenantId === 'tenant-1',
  ).length;
  const withSnapshot = await askNewOwner(2);
  await trial.pool.query('DELETE FROM command.snapshot_tenants; DELETE FROM command.snapshot_partitions');
  const without = await askNewOwner(3);
  expect(withSnapshot).toEqual([`replay of ${keyed.meta.commandId}`, 'FLOW_EXISTS', `version ${published + 1}`]);
  expect(without).toEqual([`replay of ${keyed.meta.commandId}`, 'FLOW_EXISTS', `version ${published + 2}`]);
  expectSoundLog(await trial.events(), ids);
});

function describe(events: readonly LoggedEvent[], commandId: string): string {
  const event = events.find((logged) => logged.event.meta.commandId === commandId)?.event;
  if (event?.type === 'CommandAcknowledged') return `${event.data.reason} of ${event.data.originalCommandId}`;
  if (event?.type === 'CommandRejected') return event.data.problem.code;
  return event?.type === 'FlowVersionPublished' ? `version ${event.data.version}` : String(event?.type);
}

test('a snapshot that is ahead of its log is thrown away, and a new one is written', async () => {
  const positions = async (): Promise<readonly number[]> =>
    (await trial.pool.query<{ at: string }>('SELECT position_offset AS at FROM command.snapshot_partitions')).rows.map(
      ({ at }) => Number(at),
    );
  const first = await trial.startDecider({ snapshotIntervalMs: 100 });
  const ids = await trial.submitAll([createFlowCommand('acme', 'f'), publishCommand('acme', 'f', 1)]);
  await trial.outcomesOf(ids);
  await until('snapshots of all', async () => (await positions()).length === PARTITIONS);
  await first.kill();
  await trial.pool.query('UPDATE command.snapshot_partitions SET position_offset = 1000000');
  await trial.startDecider({ snapshotIntervalMs: 100 });
  ids.push(...(await trial.submitAll([publishCommand('acme', 'f', 2)])));
  const events = await trial.outcomesOf(ids);
  expect(describe(events, ids[2] ?? '')).toBe('version 2');
  await until('sound snapshots of all', async () => {
    const now = await positions();
    return now.length === PARTITIONS && now.every((position) => position < 100);
  });
  expect(trial.fatal).toEqual([]);
});

test('the same request under its key, before and after a takeover, has one effect', async () => {
  const first = await trial.startDecider();
  const original = createFlowCommand('acme', 'f', idempotent('k'));
  const ids = await trial.submitAll([original, createFlowCommand('acme', 'f', idempotent('k'))]);
  await trial.outcomesOf(ids);
  await first.kill();
  await trial.startDecider();
  const again = await trial.submitAll([createFlowCommand('acme', 'f', idempotent('k'))]);
  const events = await trial.outcomesOf([...ids, ...again]);
  expect(describe(events, ids[1] ?? '')).toBe(`replay of ${original.meta.commandId}`);
  expect(describe(events, again[0] ?? '')).toBe(`replay of ${original.meta.commandId}`);
  expect(events.filter(({ event }) => event.type === 'FlowCreated')).toHaveLength(1);
});

test('a record that is no command goes to the dead letters, and what comes behind it is decided', async () => {
  await trial.startDecider();
  const partition = partitionOf('acme', PARTITIONS);
  const junk = { partition, key: 'acme', value: Buffer.from('junk'), headers: { hello: 'there' } };
  const { offset } = await trial.commands.append(junk);
  const ids = await trial.submitAll([createFlowCommand('acme', 'f')]);
  expectSoundLog(await trial.outcomesOf(ids), ids);
  const reader = makeDirectReader(trial.kafka, { topic: trial.topics.deadLetters });
  reader.assign(new Map([[0, 0]]));
  const [letter] = await until('a dead letter', async () => {
    const letters = await reader.poll(500);
    return letters.length > 0 && letters;
  });
  await reader.close();
  expect(String(letter?.value)).toBe('junk');
  expect(letter?.headers).toMatchObject({
    hello: 'there',
    'x-dlq-consumer': 'decider',
    'x-dlq-origin-topic': trial.topics.commands,
    'x-dlq-origin-offset': String(offset),
  });
});

test('a recreated commands topic stops the decider, loudly', async () => {
  const first = await trial.startDecider();
  const ids = await trial.submitAll([createFlowCommand('acme', 'f')]);
  await trial.outcomesOf(ids);
  await first.close();
  await deleteTopics(trial.kafka, [trial.topics.commands]);
  await until('it is gone', async () =>
    endOffsets(trial.kafka, trial.topics.commands, [0]).then(
      () => false,
      () => true,
    ),
  );
  await trial.recreateCommands();
  const second = await trial.startDecider();
  await until('a fatal fault', () => trial.fatal.length > 0);
  expect(trial.fatal[0]?.message).toMatch(/recreated/);
  expect(second.ownedPartitions()).toEqual([]);
});
