import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import { ATTEMPT_TIMEOUT } from '../attempt-timeout.js';
import type { RecordingActivities } from './recording-activities.js';

const { recordedEcho } = proxyActivities<RecordingActivities>({ startToCloseTimeout: ATTEMPT_TIMEOUT });
const { closeRun } = proxyLocalActivities<RecordingActivities>({ startToCloseTimeout: '1 minute' });

/** Three activities that do nothing and write what people see of them, and the end of the run. */
export async function threeRecordedActivities(): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  try {
    for (const step of [1, 2, 3]) results.push(await recordedEcho(`step${step}`, 'bench.echo', { step }));
  } catch (thrown) {
    await closeRun('failed', String(thrown));
    throw thrown;
  }
  await closeRun('completed', results);
  return results;
}
