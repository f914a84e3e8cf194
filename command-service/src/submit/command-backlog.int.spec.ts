import { partitionOf, START_OF_LOG } from '@flowplane/contracts';
import { makeBatchProducer, watchBacklog, type BacklogWatch } from '@flowplane/plumbing/kafka';
import { makeEventReader } from '@flowplane/runtime/consume';
import { until } from '@flowplane/plumbing/test/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFlowCommand, startDeciderTrial, type DeciderTrial } from '../../test/decider-trial.js';
import { appendCommand } from '@flowplane/runtime/commands';
import { makeCommandBacklog } from '@flowplane/runtime/commands';
import { startOutcomeTail } from '@flowplane/runtime/commands';

const PARTITIONS = 2;
const TENANT = 'backlogged';
const PARTITION = partitionOf(TENANT, PARTITIONS);
let trial: DeciderTrial;
const closing: (() => Promise<void> | void)[] = [];
beforeEach(async () => {
  trial = await startDeciderTrial(PARTITIONS);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await trial.end();
});

/** One shell's view of the queue, with the tail that tells it of decisions. */
async function openBacklog(groupId: string) {
  const { kafka, topics } = trial;
  const watch: BacklogWatch = await watchBacklog(kafka, { topic: topics.commands, partitions: [0, 1], groupId });
  const backlog = makeCommandBacklog(makeBatchProducer(kafka, { topic: topics.commands }), watch, () => 0);
  const tail = startOutcomeTail(
    makeEventReader(kafka, { topic: topics.events, onNewer: 'throw' }),
    new Map([0, 1].map((partition) => [partition, START_OF_LOG])),
    makeLogger({ service: 'test', level: 'silent' }),
  );
  tail.onDecided(backlog.decided);
  closing.push(backlog.producer.close, watch.close, tail.close);
  return { ...backlog, tail };
}

it('counts what nobody decided, whichever process appended it, until it is decided', async () => {
  const groupId = `${trial.topics.commands}-deciders`;
  const [mine, others] = [await openBacklog(groupId), await openBacklog(groupId)];
  const ports = { producer: mine.producer, partitions: PARTITIONS, source: 'flowplane/test' };
  for (const flowId of ['a', 'b']) await appendCommand(ports, createFlowCommand(TENANT, flowId));
  // Its own appends without asking anybody, another instance's as soon as the brokers are asked again.
  expect(mine.undecided(PARTITION)).toBe(2);
  expect(mine.undecided(1 - PARTITION)).toBe(0);
  await until('the other instance sees them', () => others.undecided(PARTITION) === 2);
  const late = await openBacklog(groupId);
  expect(late.undecided(PARTITION)).toBe(2);

  await trial.startDecider({ groupId });
  await until('nothing waits', () => [mine, others, late].every(({ undecided }) => undecided(PARTITION) === 0));
});

it('does not count records that are no commands for ever: they leave no event', async () => {
  const groupId = `${trial.topics.commands}-deciders`;
  const mine = await openBacklog(groupId);
  await trial.commands.append({ partition: PARTITION, key: TENANT, value: Buffer.from('no command'), headers: {} });
  await until('it is seen', () => mine.undecided(PARTITION) === 1);
  await trial.startDecider({ groupId });
  await until('it is passed over', () => mine.undecided(PARTITION) === 0);
  expect(await trial.events()).toEqual([]);
});
