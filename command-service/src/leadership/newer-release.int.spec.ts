import { encodeCommand, encodeEvent, HEADER, packLogHeader, partitionOf, type Event } from '@flowplane/contracts';
import { endOffsets, makeBatchProducer } from '@flowplane/plumbing/kafka';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFlowCommand, startDeciderTrial, type DeciderTrial } from '../../test/decider-trial.js';

const PARTITIONS = 3;
const ALL = [0, 1, 2];
let trial: DeciderTrial;
beforeEach(async () => {
  trial = await startDeciderTrial(PARTITIONS);
});
afterEach(() => trial.end());

/** As a release after this one would write it: a schema that nobody here knows. */
const ofANewerRelease = (value: Buffer): Buffer =>
  Buffer.concat([value.subarray(0, 2), Buffer.from('newer...'), value.subarray(10)]);

test('a command of a newer release stops its partition, and no other, until somebody knows it', async () => {
  const metrics = makeMetrics();
  const partition = partitionOf('acme', PARTITIONS);
  const tenants = ['a', 'b', 'c', 'd', 'e', 'f'];
  const elsewhere = tenants.find((tenant) => partitionOf(tenant, PARTITIONS) !== partition) as string;
  const command = encodeCommand(createFlowCommand('acme', 'f'));
  const ids = await trial.submitAll([createFlowCommand('acme', 'before')]);
  await trial.commands.append({ partition, key: 'acme', value: ofANewerRelease(command), headers: {} });
  const [behind] = await trial.submitAll([createFlowCommand('acme', 'behind')]);
  const decider = await trial.startDecider({ metrics });
  const halted = async (): Promise<string> => metrics.registry.metrics();
  await until('it stands still', async () =>
    (await halted()).includes(`consumer="decider",partition="${partition}"} 1`),
  );
  ids.push(...(await trial.submitAll([createFlowCommand(elsewhere, 'f')])));
  const events = await trial.outcomesOf(ids);
  expect(events.map(({ event }) => event.meta.commandId)).not.toContain(behind);
  expect(decider.ownedPartitions()).toEqual(ALL);
  expect(await endOffsets(trial.kafka, trial.topics.deadLetters, [0])).toEqual(new Map([[0, 0]]));
  expect(trial.fatal).toEqual([]);
});

test('an event of a newer release keeps an older decider from deciding there, and it goes on trying', async () => {
  const partition = partitionOf('acme', PARTITIONS);
  const first = await trial.startDecider();
  await trial.outcomesOf(await trial.submitAll([createFlowCommand('acme', 'f')]));
  const { epoch, owner } = await trial.leaderOf(partition);
  await first.kill();
  const [{ event } = { event: undefined }] = (await trial.events()).slice(-1);
  const producer = makeBatchProducer(trial.kafka, { topic: trial.topics.events });
  await producer.append({
    ...{ partition, key: 'acme', value: ofANewerRelease(encodeEvent(event as Event)) },
    headers: { [HEADER.log]: packLogHeader({ epoch, owner, commandOffset: 1, index: 0 }) },
  });
  await producer.close();
  const metrics = makeMetrics();
  const second = await trial.startDecider({ metrics });
  const failed = async (): Promise<string> => metrics.registry.metrics();
  await until('several terms failed', async () => /reigns_total\{what="failed"\} [3-9]/.test(await failed()));
  expect(second.ownedPartitions()).toEqual(ALL.filter((other) => other !== partition));
  expect(trial.fatal).toEqual([]);
});
