import { proxyActivities } from '@temporalio/workflow';
import { ATTEMPT_TIMEOUT } from './attempt-timeout.js';
import type { EchoActivities } from './echo-activities.js';

const { echo, call } = proxyActivities<EchoActivities>({ startToCloseTimeout: ATTEMPT_TIMEOUT });

/** What a person writes by hand for the three tasks of the measured flow. */
export async function threeActivities(): Promise<readonly unknown[]> {
  const first = await echo('bench.echo', { step: 1 });
  const second = await echo('bench.echo', { step: 2 });
  const third = await echo('bench.echo', { step: 3 });
  return [first, second, third];
}

/** The same for the flow with a branch and a parallel. `run` is the first argument that ours are started with. */
export async function branchAndParallel(run?: {
  readonly input?: { readonly amount?: number };
}): Promise<readonly unknown[]> {
  const { amount = 10 } = run?.input ?? {};
  const both =
    amount > 100 ? [] : await Promise.all([echo('bench.echo', { step: 1 }), echo('bench.echo', { step: 2 })]);
  return [...both, await echo('bench.echo', { step: 3 })];
}

/** The same for the flow of calls, one after the other. */
export async function sameCalls(url = '', calls = 0): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (let index = 0; index < calls; index++) answers.push(await call(url));
  return answers;
}
