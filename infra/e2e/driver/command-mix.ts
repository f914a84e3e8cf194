import { randomUUID } from 'node:crypto';
import { longOr } from '@flowplane/stack';
import { expectStatus, makeApiClient, PATIENT, type ApiClient, type Caller } from './api-client.js';
import type { PendingBody } from './api-types.js';
import { waitFlow } from './definitions.js';
import { inParallel, sendUntilAnswered } from './load.js';

/** What the mix is measured against; small enough that all of them are reached. */
export const MIX_LIMITS = longOr(
  { maxFlows: 20, maxFlowVersions: 6, maxConcurrentExecutions: 15 },
  { maxFlows: 40, maxFlowVersions: 12, maxConcurrentExecutions: 30 },
);

/** The limits as services read them; the rates are lifted. */
export const MIX_ENV: Readonly<Record<string, string>> = {
  FLOWS_QUOTA_MAX_FLOWS: String(MIX_LIMITS.maxFlows),
  FLOWS_QUOTA_MAX_FLOW_VERSIONS: String(MIX_LIMITS.maxFlowVersions),
  FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: String(MIX_LIMITS.maxConcurrentExecutions),
  FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '-1',
  FLOWS_QUOTA_COMMAND_RATE: '-1',
  FLOWS_QUOTA_FLOW_SIGNAL_RATE_PER_MINUTE: '-1',
};

export type MixAnswer = { readonly status: number; readonly attempts: number; readonly idempotencyKey: string };

/** A load under way. */
export type Mix = {
  /** Resolves once so many commands are answered, or all are. */
  readonly reached: (answered: number) => Promise<void>;
  readonly done: Promise<readonly MixAnswer[]>;
  /** Begins no further command; those under way are still brought to their answers. */
  readonly stop: () => void;
};

export type MixOptions = {
  readonly tenants: readonly Caller[];
  /** Commands at most. */
  readonly count: number;
  readonly concurrency: number;
  /** How long a client waits for one answer before it asks another instance, ms. */
  readonly timeoutMs?: number;
  /** Paces the load: pause of each lane before a command, ms. */
  readonly paceMs?: number;
};

const FLOWS = ['f0', 'f1', 'f2', 'f3'];

/** Tenants of a test, with the flows that the mix works on; those that a first try of the test made are kept. */
export async function prepareTenants(baseUrl: string, names: readonly string[]): Promise<readonly Caller[]> {
  const callers = names.map((name) => ({ tenantId: name, workspaceId: `${name}-w` }));
  for (const caller of callers) {
    const client = makeApiClient(baseUrl, caller);
    await Promise.all(FLOWS.map((flowId) => prepareFlow(client, flowId)));
  }
  return callers;
}

/** Commands only: `baseUrl` may be that of a command-service, which answers no queries. */
async function prepareFlow(client: ApiClient, flowId: string): Promise<void> {
  const body = { name: flowId, flowId, definition: waitFlow('PT1H') };
  const created = await client.call('POST', '/flows', { body, headers: PATIENT });
  if (created.status === 409) return;
  expectStatus(created, 201);
  expectStatus(await client.call('POST', `/flows/${flowId}/versions`, { headers: PATIENT }), 201);
}

/**
 * Sends `count` commands of all kinds with at most `concurrency` under way, each under an Idempotency-Key of its own
 * and again until it is answered. `baseUrls` are asked by turns.
 */
export function startMix(baseUrls: readonly string[], options: MixOptions): Mix {
  const startedRuns = new Map<string, string[]>();
  let answered = 0;
  let watchers: { readonly count: number; readonly resolve: () => void }[] = [];
  const tell = (): void => {
    watchers.filter(({ count }) => answered >= count).forEach(({ resolve }) => resolve());
    watchers = watchers.filter(({ count }) => answered < count);
  };
  let isStopped = false;
  const one = async (index: number): Promise<MixAnswer | undefined> => {
    if (isStopped) return undefined;
    const caller = options.tenants[index % options.tenants.length] as Caller;
    const client = makeApiClient('', caller);
    const idempotencyKey = randomUUID();
    if (options.paceMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.paceMs));
    const { method, path, body, prefer } = commandOf(Math.floor(index / options.tenants.length), startedRuns, caller);
    const answer = await sendUntilAnswered<PendingBody>(rotate(baseUrls, index), method, client.urlOf(path), {
      idempotencyKey,
      body,
      headers: { ...client.headers, prefer },
      timeoutMs: options.timeoutMs ?? 15_000,
    });
    if (answer.body?.executionId !== undefined) remember(startedRuns, caller, answer.body.executionId);
    answered += 1;
    tell();
    return { status: answer.status, attempts: answer.attempts, idempotencyKey };
  };
  const all = inParallel(options.count, options.concurrency, one).finally(() => {
    answered = Number.POSITIVE_INFINITY;
    tell();
  });
  const done = all.then((answers) => answers.filter((answer) => answer !== undefined));
  const reached = (count: number): Promise<void> =>
    new Promise((resolve) => {
      watchers.push({ count, resolve });
      tell();
    });
  const stop = (): void => {
    isStopped = true;
  };
  return { reached, done, stop };
}

type Planned = { readonly method: string; readonly path: string; readonly body: object; readonly prefer: string };

/** The n-th command of a tenant: of ten, four starts, two publishes, two cancels, a create and a patch. */
function commandOf(n: number, startedRuns: ReadonlyMap<string, readonly string[]>, caller: Caller): Planned {
  const flowId = FLOWS[Math.floor(Math.random() * FLOWS.length)] as string;
  const prefer = 'wait=5';
  const runs = startedRuns.get(caller.tenantId) ?? [];
  const run = runs[Math.floor(Math.random() * runs.length)];
  const kind = n % 10;
  if (kind === 0) return { method: 'POST', path: '/flows', body: { name: 'made' }, prefer };
  if (kind === 1) return { method: 'PATCH', path: `/flows/${flowId}`, body: { name: `patched ${n}` }, prefer };
  if (kind === 2 || kind === 6) return { method: 'POST', path: `/flows/${flowId}/versions`, body: {}, prefer };
  if ((kind === 5 || kind === 9) && run !== undefined) {
    const flowOfRun = run.split(':')[2] as string;
    const path = `/flows/${flowOfRun}/executions/${encodeURIComponent(run)}/cancellations`;
    return { method: 'POST', path, body: {}, prefer };
  }
  // No engine starts these runs, so the wait ends with 202; by then the command is decided and the run has its id.
  return { method: 'POST', path: `/flows/${flowId}/executions`, body: { input: { n } }, prefer: 'wait=1' };
}

function remember(startedRuns: Map<string, string[]>, caller: Caller, executionId: string): void {
  startedRuns.set(caller.tenantId, [...(startedRuns.get(caller.tenantId) ?? []), executionId].slice(-40));
}

const rotate = <T>(items: readonly T[], by: number): readonly T[] => [
  ...items.slice(by % items.length),
  ...items.slice(0, by % items.length),
];
