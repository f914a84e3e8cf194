import { randomUUID } from 'node:crypto';
import type { FlowDefinition } from '@flowplane/contracts';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';

const FLOW: FlowDefinition = {
  apiVersion: 'v1.0',
  name: 'trial',
  nodes: [{ id: 'pause', type: 'wait', duration: 'PT1H' }],
};
/** Longer than a call is repeated that fails for another reason. */
const LONG_ENOUGH_MS = 20_000;

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  await trial.publish('F', FLOW);
}, 120_000);
afterAll(() => trial.end());

const fillDisk = async (): Promise<void> => {
  await trial.statePool.query(`
    CREATE FUNCTION content.full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$`);
  await trial.statePool.query(`
    CREATE TRIGGER full_disk BEFORE INSERT ON content.payloads EXECUTE FUNCTION content.full_disk()`);
};
const freeDisk = (): Promise<unknown> => trial.statePool.query('DROP TRIGGER full_disk ON content.payloads');
const reportsOf = async (executionId: string): Promise<readonly string[]> =>
  (await trial.commands())
    .filter((command) => 'executionId' in command.data && command.data.executionId === executionId)
    .map(({ type }) => type);

describe('a full disk under the state database', () => {
  it('delays a start and a signal, and neither fails the run nor ends the executor', async () => {
    const executor = await runExecutor(trial.env);
    await fillDisk();
    const executionId = `T:W:F:${randomUUID()}`;
    const about = { flowId: 'F', executionId, version: 1 };
    const at = await trial.log.append(trial.scope, 'ExecutionRequested', {
      ...about,
      input: JSON.stringify({ text: 'x'.repeat(200_000) }),
      triggerType: 'manual',
      retriedFrom: null,
      retryFrom: null,
      trigger: null,
      labels: '{}',
    });
    await trial.log.append(trial.scope, 'ExecutionSignaled', {
      ...{ ...about, signalName: 'human-approval', nodeId: 'pause', approved: true },
      onBehalfOf: 'y'.repeat(200_000),
      comment: null,
    });
    await trial.projected(at.partition, at.offset + 2);
    await new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH_MS));
    expect(await reportsOf(executionId)).toEqual([]);
    await freeDisk();
    await until('the start', async () => (await reportsOf(executionId)).length > 0);
    expect(await reportsOf(executionId)).toEqual(['RecordExecutionStarted']);
    const handle = trial.temporal.workflow.getHandle(executionId);
    await until('the signal', async () => {
      const { events } = await handle.fetchHistory();
      return events?.some(({ workflowExecutionSignaledEventAttributes: signaled }) => signaled?.signalName);
    });
    await executor.close();
  });
});

// The executor has made its tables by now.
it.each([
  ['resumes', 'paused = false', null],
  ['ends', `crons = '{}', paused = false`, null],
  ['publishes', 'version = 2', 'holiday'],
])('a schedule that release 0.3 %s keeps its note only where it is still so', async (_, change, note) => {
  const { statePool } = trial;
  await statePool.query(
    `INSERT INTO executor.schedules (schedule_id, tenant_id, workspace_id, flow_id, version, crons, overlap, catchup_window_ms,
       paused, note, log_offset) VALUES ('older', 'T', 'W', 'F', 1, '{"* * * * *"}', 'skip', 1000, true, 'holiday', 1)`,
  );
  const { rows } = await statePool.query(`UPDATE executor.schedules SET ${change}, log_offset = 2 RETURNING note`);
  await statePool.query(`DELETE FROM executor.schedules WHERE schedule_id = 'older'`);
  expect(rows).toEqual([{ note }]);
});
