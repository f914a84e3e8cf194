import { setTimeout as sleep } from 'node:timers/promises';
import type { HostileCalls } from './hostile-calls.js';
import {
  echoFlow,
  expandingYaml,
  growingNumbers,
  hangingRequests,
  largeDraft,
  largeRun,
  leapDays,
  nestedSubFlows,
  slowExpression,
  slowFilter,
  slowToValidate,
  waitingFlow,
} from './hostile-flows.js';

/** One thing that a tenant does to take more than its share. */
export type Attack = {
  readonly name: string;
  /** How often at once. */
  readonly lanes: number;
  /** Once, before all attacks begin. */
  readonly prepare?: () => Promise<void>;
  readonly strike: (index: number) => Promise<unknown>;
};

const ASYNC = { prefer: 'respond-async' };
const PATIENT = { prefer: 'wait=60' };
/** Quotas of starts hold per workspace: a tenant takes several. */
const WORKSPACES = 4;
const json = (value: unknown): string => JSON.stringify(value);

/** @param hangingUrl of a server that takes connections and never answers */
export function attacksOf(calls: HostileCalls, hangingUrl: string): readonly Attack[] {
  const { call, deliver, tenantId } = calls;
  const workspaces = Array.from({ length: WORKSPACES }, (_, at) =>
    at === 0 ? `w-${tenantId}` : `w-${tenantId}-${at}`,
  );
  const workspaceOf = (index: number): string => workspaces[index % WORKSPACES] as string;
  let waitingRun = '';
  const secrets: Record<string, string> = {};

  const publish = async (workspace: string, flowId: string, definition: object): Promise<void> => {
    const body = json({ flowId, name: flowId, definition });
    await call('preparing', { method: 'POST', path: '/flows', workspace, body, headers: PATIENT });
    const path = `/flows/${flowId}/versions`;
    const answer = await call('preparing', { method: 'POST', path, workspace, headers: PATIENT });
    const triggers = answer?.body['triggers'] as
      { readonly webhooks?: readonly { readonly secret: string }[] } | undefined;
    const secret = triggers?.webhooks?.[0]?.secret;
    if (secret !== undefined) secrets[flowId] = secret;
  };
  const publishEverywhere = async (flowId: string, definition: object): Promise<void> => {
    for (const workspace of workspaces) await publish(workspace, flowId, definition);
  };
  /** Starts are refused beyond the quotas; what is let through does its work. */
  const startLoop = (name: string, lanes: number, definition: object, input: object): Attack => ({
    name,
    lanes,
    prepare: () => publishEverywhere(name, definition),
    strike: async (index) => {
      const path = `/flows/${name}/executions`;
      const workspace = workspaceOf(index);
      const answer = await call(name, { method: 'POST', path, workspace, body: json({ input }), headers: ASYNC });
      if (answer?.status === 429) await sleep(50);
    },
  });
  const post = (name: string, lanes: number, path: string, bodies: () => string, more: object = {}): Attack => ({
    name,
    lanes,
    strike: () => call(name, { method: 'POST', path, body: bodies(), ...more }),
  });

  const yaml = json({ name: 'y', definition: expandingYaml() });
  const numbers = json({ name: 'n', definition: growingNumbers() });
  const slow = json({ definition: slowToValidate() });
  const draft = json({ name: 'large', definition: largeDraft() });
  const largeSignal = json({ payload: { text: 'x'.repeat(3_500_000) } });

  return [
    post('yaml that expands', 2, '/flows', () => yaml),
    post('numbers that grow', 1, '/flows', () => numbers),
    post('validations left alone', 4, '/flows/patched/validate', () => slow, { leaveAfterMs: 700 }),
    {
      name: 'dates far away',
      lanes: 2,
      prepare: () => publish(workspaceOf(0), 'leap-days', leapDays()),
      strike: () => call('dates far away', { method: 'GET', path: '/flows/leap-days/schedule' }),
    },
    {
      name: 'patches in a loop',
      lanes: 6,
      prepare: () => publish(workspaceOf(0), 'patched', echoFlow()),
      strike: (index) =>
        call('patches in a loop', {
          ...{ method: 'PATCH', path: '/flows/patched', body: json({ name: `p ${index}` }), headers: ASYNC },
        }),
    },
    {
      name: 'large signals',
      lanes: 2,
      prepare: async () => {
        await publish(workspaceOf(0), 'waiting', waitingFlow());
        const path = '/flows/waiting/executions';
        const answer = await call('preparing', { method: 'POST', path, body: json({}), headers: PATIENT });
        waitingRun = encodeURIComponent(String(answer?.body['executionId']));
      },
      strike: () => {
        const path = `/flows/waiting/executions/${waitingRun}/signals/go`;
        return call('large signals', { method: 'POST', path, body: largeSignal, headers: ASYNC });
      },
    },
    {
      name: 'streams',
      lanes: 30,
      strike: () => call('streams', { method: 'GET', path: `/executions/${waitingRun}/events`, leaveAfterMs: 5000 }),
    },
    {
      name: 'large lists',
      lanes: 2,
      prepare: async () => {
        for (let at = 0; at < 15; at++) await call('preparing', { method: 'POST', path: '/flows', body: draft });
      },
      strike: () => call('large lists', { method: 'GET', path: '/flows' }),
    },
    {
      name: 'slow filters',
      lanes: 6,
      prepare: () => publish(workspaceOf(0), 'filtered', slowFilter()),
      strike: () => deliver('slow filters', 'filtered:webhook:default', secrets['filtered'] ?? '', json(LIST)),
    },
    {
      name: 'workspaces',
      lanes: 1,
      strike: async (index) => {
        const workspace = `w-${tenantId}-taken-${index}`;
        await call('workspaces', { method: 'POST', path: '/flows', workspace, body: json({ name: '' }) });
      },
    },
    startLoop('starts', 16, echoFlow(), {}),
    startLoop('slow-expressions', 4, slowExpression(), LIST),
    startLoop('hanging-requests', 4, hangingRequests(hangingUrl), {}),
    startLoop('large-runs', 2, largeRun(), { text: 'x'.repeat(120_000) }),
    {
      name: 'sub-flows of sub-flows',
      lanes: 1,
      prepare: async () => {
        for (const [flowId, definition] of nestedSubFlows()) await publish(workspaceOf(0), flowId, definition);
      },
      strike: async () => {
        await call('sub-flows of sub-flows', {
          ...{ method: 'POST', path: '/flows/nested-3/executions', body: json({}), headers: ASYNC },
        });
        await sleep(250);
      },
    },
    {
      name: 'every second',
      lanes: 1,
      prepare: () =>
        publishEverywhere('ticking', { ...echoFlow(), triggers: [{ kind: 'cron', schedule: '* * * * * *' }] }),
      strike: () => sleep(1000),
    },
  ];
}

const LIST = { list: Array.from({ length: 1000 }, (_, index) => index) };
