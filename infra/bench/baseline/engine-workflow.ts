import { proxyActivities } from '@temporalio/workflow';
import type { EchoActivities } from './echo-activities.js';

const { echo } = proxyActivities<EchoActivities>({ startToCloseTimeout: '1 minute' });

/** What a person writes by hand for the three tasks of the measured flow. */
export async function threeActivities(): Promise<readonly unknown[]> {
  const first = await echo('bench.echo', { step: 1 });
  const second = await echo('bench.echo', { step: 2 });
  const third = await echo('bench.echo', { step: 3 });
  return [first, second, third];
}
