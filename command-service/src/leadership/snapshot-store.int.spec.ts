import { partitionOf } from '@flowplane/contracts';
import { until } from '@flowplane/plumbing/test/kafka';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFlowCommand, startDeciderTrial, type DeciderTrial, type LoggedEvent } from '../../test/decider-trial.js';

let trial: DeciderTrial;
beforeEach(async () => {
  trial = await startDeciderTrial(1);
});
afterEach(() => trial.end());

const eventsOf = async (commandId: string): Promise<readonly LoggedEvent[]> =>
  (await trial.events()).filter(({ event }) => event.meta.commandId === commandId);

const savedStates = async (): Promise<readonly string[]> =>
  (await trial.pool.query<{ state: string }>('SELECT state FROM command.snapshot_tenants')).rows.map(
    (row) => row.state,
  );

/**
 * A decider creates a flow and writes a snapshot, which `spoil` changes; the next decider knows the flow all the same,
 * and writes a sound snapshot. @returns what the next one warned of
 */
async function takeOver(spoil: () => Promise<unknown>): Promise<readonly string[]> {
  expect(partitionOf('t', 1)).toBe(0);
  const first = await trial.startDecider({ snapshotIntervalMs: 100 });
  await trial.submit(createFlowCommand('t', 'f'));
  await until('a snapshot is written', async () => (await savedStates()).some((saved) => saved.includes('f')));
  await first.kill();
  await spoil();

  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  await trial.startDecider({ snapshotIntervalMs: 100, logger });
  const again = await trial.submit(createFlowCommand('t', 'f'));
  const events = await until('it decides', async () => {
    const found = await eventsOf(again.commandId);
    return found.length > 0 ? found : undefined;
  });
  expect(events[0]?.event).toMatchObject({ type: 'CommandRejected', data: { problem: { code: 'FLOW_EXISTS' } } });
  await until('a sound snapshot is written', async () => {
    const states = await savedStates();
    return states.length > 0 && states.every((saved) => saved.includes('"executions"'));
  });
  expect(trial.fatal).toEqual([]);
  return lines;
}

test.each(['{"flows":', 'null', '{}'])('a snapshot that holds %s is passed over, and made again', async (state) => {
  const lines = await takeOver(() => trial.pool.query('UPDATE command.snapshot_tenants SET state = $1', [state]));
  expect(lines.filter((line) => line.includes('folding from the beginning'))).toHaveLength(1);
});

test('a snapshot in the format of the version before is passed over, and made again', async () => {
  const before = '{"flows":[],"runs":[],"starts":[],"signals":[],"keys":[],"fired":[],"lastTime":0}';
  const lines = await takeOver(async () => {
    await trial.pool.query('UPDATE command.snapshot_tenants SET state = $1', [before]);
    await trial.pool.query('UPDATE command.snapshot_partitions SET format = 7');
  });
  expect(lines.filter((line) => line.includes('folding from the beginning'))).toEqual([]);
});
