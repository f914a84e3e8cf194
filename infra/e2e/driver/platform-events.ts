import { randomUUID } from 'node:crypto';
import { deleteTopics } from '@flowplane/plumbing/kafka';
import type { ExecutionRequested } from '@flowplane/contracts';
import { expectStatus, PATIENT, type ApiClient } from './api-client.js';
import type { PublishBody } from './api-types.js';
import { acceptedEvents, readTopic, withLog, type WholeLog } from './log-reader.js';
import { withDatabase } from './log-totals.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A workspace id of a test's own: topics of platform events are named by it, on a stack that others share. */
export const uniqueWorkspace = (): string => `w${randomUUID().slice(0, 8)}`;

/** A flow that does nothing, started by records of this type; `more` are members of its trigger. */
export const listeningFlow = (eventType: string, more: object = {}): object => ({
  ...{ apiVersion: 'v1.0', name: 'listening', triggers: [{ kind: 'platform-event', eventType, ...more }] },
  nodes: [{ id: 'done', type: 'wait', duration: 'PT0S' }],
});

/** Changes the draft and publishes it. @returns the version */
export async function publishAgain(client: ApiClient, flowId: string, definition: object): Promise<number> {
  expectStatus(await client.call('PATCH', `/flows/${flowId}`, { body: { definition }, headers: PATIENT }), 200);
  const published = await client.call<PublishBody>('POST', `/flows/${flowId}/versions`, { headers: PATIENT });
  return expectStatus(published, 201).version;
}

export type Requested = { readonly event: ExecutionRequested; readonly partition: number; readonly offset: number };

/** Runs that were asked for in a workspace, in log order. */
export const requestedIn = (log: WholeLog, workspaceId: string): readonly Requested[] =>
  acceptedEvents(log).filter(
    ({ event }) => event.type === 'ExecutionRequested' && event.meta.workspaceId === workspaceId,
  ) as never;

/** Values of `n` in the inputs of runs, ascending. */
export const inputNumbers = (requested: readonly Requested[]): readonly number[] =>
  requested.map(({ event }) => (JSON.parse(event.data.input) as { n: number }).n).toSorted((a, b) => a - b);

export const numbers = (count: number, from = 0): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);

/** Runs of a workspace by status, as the read models have them. */
export async function runsByStatus(env: Env, workspaceId: string): Promise<Readonly<Record<string, number>>> {
  return withDatabase(env['FLOWS_DB_URL'], async (pool) => {
    const { rows } = await pool.query<{ status: string; runs: string }>(
      'SELECT status, count(*) AS runs FROM flows.executions WHERE workspace_id = $1 GROUP BY status',
      [workspaceId],
    );
    return Object.fromEntries(rows.map(({ status, runs }) => [status, Number(runs)]));
  });
}

export const sumOf = (runs: Readonly<Record<string, number>>): number =>
  Object.values(runs).reduce((sum, count) => sum + count, 0);

/** Headers of the dead letters of a workspace. */
export async function deadLettersOf(
  env: Env,
  workspaceId: string,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const topic = env['FLOWS_DLQ_TOPIC'] ?? `${env['FLOWS_TOPIC_PREFIX'] ?? ''}flows.dlq.v1`;
  const records = await withLog(env, (kafka) => readTopic(kafka, topic, 1));
  return records.map(({ headers }) => headers).filter((headers) => headers['x-dlq-workspace'] === workspaceId);
}

export const removeTopics = (env: Env, topics: readonly string[]): Promise<void> =>
  withLog(env, (kafka) => deleteTopics(kafka, topics));
