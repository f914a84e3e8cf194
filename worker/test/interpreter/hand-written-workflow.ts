import { proxyActivities } from '@temporalio/workflow';

const { work } = proxyActivities<{ work(id: string): Promise<object> }>({ startToCloseTimeout: '60s' });

/** What a user of the engine would write without Flowplane: the baseline of the cost rule. */
export async function handWritten(ids: readonly string[]): Promise<object> {
  const state: Record<string, object> = {};
  for (const id of ids) state[id] = await work(id);
  return state;
}
