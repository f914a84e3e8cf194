import { activityInfo } from '@temporalio/activity';
import { makeEchoActivities } from '../echo-activities.js';
import type { Records } from './records.js';

export type RecordingActivities = {
  readonly recordedEcho: (
    nodeId: string,
    taskType: string,
    params: Readonly<Record<string, unknown>>,
  ) => Promise<unknown>;
  readonly closeRun: (status: 'completed' | 'failed', result: unknown) => Promise<void>;
};

/** The same work as without records, between the two rows of its node. */
export function makeRecordingActivities(records: Records): RecordingActivities {
  const { echo } = makeEchoActivities();
  const runId = (): string => activityInfo().workflowExecution?.workflowId ?? '';
  return {
    recordedEcho: async (nodeId, taskType, params) => {
      await records.nodeStarted(runId(), nodeId, JSON.stringify(params));
      const output = await echo(taskType, params);
      await records.nodeCompleted(runId(), nodeId, JSON.stringify(output));
      return output;
    },
    closeRun: (status, result) => records.runClosed(runId(), status, JSON.stringify(result)),
  };
}
