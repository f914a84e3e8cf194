import { randomUUID } from 'node:crypto';
import { expectStatus, readRun, type ApiClient } from './api-client.js';
import type { CommandBody, ExecutionBody, PendingBody } from './api-types.js';
import { inParallel, sendUntilAnswered } from './load.js';
import { acceptedEvents, type WholeLog } from './log-reader.js';

const DECISION_TIMEOUT_MS = 60_000;

/** A run that was accepted; `name` is its `inputs.run`. */
export type NamedRun = { readonly name: string; readonly executionId: string };

/** Starts runs without waiting for the engine; each is sent again until it is accepted. */
export async function acceptRuns(
  client: ApiClient,
  flowId: string,
  names: readonly string[],
  options: { readonly concurrency?: number; readonly paceMs?: number } = {},
): Promise<readonly NamedRun[]> {
  return inParallel(names.length, options.concurrency ?? 8, async (index) => {
    const name = names[index] as string;
    if (options.paceMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.paceMs));
    const answer = await sendUntilAnswered<PendingBody>([client.urlOf('')], 'POST', `/flows/${flowId}/executions`, {
      idempotencyKey: randomUUID(),
      headers: { ...client.headers, prefer: 'respond-async' },
      body: { input: { run: name } },
      timeoutMs: 5_000,
    });
    // 201: an earlier attempt was accepted, and this one got its outcome.
    const accepted = answer.status === 201 ? answer.body : expectStatus(answer, 202);
    return { name, executionId: accepted.executionId ?? (await decidedRun(client, accepted.commandId)) };
  });
}

/** The run that a start under an Idempotency-Key led to, which is known once it is decided. */
async function decidedRun(client: ApiClient, commandId: string): Promise<string> {
  const deadline = Date.now() + DECISION_TIMEOUT_MS;
  for (;;) {
    const answer = await client.call<CommandBody>('GET', `/commands/${commandId}`).catch(() => undefined);
    const executionId = answer?.body.result?.['executionId'];
    if (typeof executionId === 'string') return executionId;
    if (Date.now() > deadline) throw new Error(`command ${commandId} led to no run: ${JSON.stringify(answer?.body)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Details of the runs once all are closed. */
export async function allClosed(
  client: ApiClient,
  flowId: string,
  runs: readonly NamedRun[],
  timeoutMs: number,
): Promise<readonly ExecutionBody[]> {
  const deadline = Date.now() + timeoutMs;
  const closed = new Map<string, ExecutionBody>();
  while (closed.size < runs.length) {
    for (const { executionId } of runs.filter((run) => !closed.has(run.executionId))) {
      const run = await readRun(client, flowId, executionId).catch(() => undefined);
      if (run !== undefined && run.closedAt !== null) closed.set(executionId, run);
    }
    if (closed.size < runs.length && Date.now() > deadline) {
      const open = runs.filter((run) => !closed.has(run.executionId));
      const states = await Promise.all(open.slice(0, 5).map((run) => stateOf(client, flowId, run)));
      throw new Error(`${open.length} of ${runs.length} runs are open after ${timeoutMs} ms: ${states.join('; ')}`);
    }
    if (closed.size < runs.length) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return runs.map(({ executionId }) => closed.get(executionId) as ExecutionBody);
}

async function stateOf(client: ApiClient, flowId: string, { name, executionId }: NamedRun): Promise<string> {
  const run = await readRun(client, flowId, executionId).catch((cause: unknown) => String(cause));
  if (typeof run === 'string') return `${name} ${run}`;
  const nodes = run.nodes.map((node) => `${node.nodeId} ${node.status} ${JSON.stringify(node.attempts)}`);
  return `${name} ${run.status} since ${run.startedAt}, ${nodes.join(', ')}`;
}

/** How often a run was reported started and closed in the log, by execution id, as `started/closed`. */
export function reportsOf(log: WholeLog, runs: readonly NamedRun[]): Readonly<Record<string, string>> {
  const events = acceptedEvents(log).map(({ event }) => event);
  const count = (type: string, executionId: string): number =>
    events.filter(
      (event) => event.type === type && 'executionId' in event.data && event.data.executionId === executionId,
    ).length;
  return Object.fromEntries(
    runs.map(({ name, executionId }) => [
      name,
      `${count('ExecutionStarted', executionId)}/${count('ExecutionClosed', executionId)}`,
    ]),
  );
}

/** How runs ended, in one word for those that completed. */
export const endings = (closed: readonly ExecutionBody[]): readonly string[] =>
  closed.map(({ status, failure }) => (failure === null ? status : `${status}: ${JSON.stringify(failure)}`));
