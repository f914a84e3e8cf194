import { setTimeout as sleep } from 'node:timers/promises';
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
import type { HostileWorkspaces } from './hostile-workspaces.js';

/** One thing that a tenant does to take more than its share. */
export type Attack = {
  readonly name: string;
  /** How often at once. */
  readonly lanes: number;
  /** Once, before all attacks begin. */
  readonly prepare?: () => Promise<void>;
  readonly strike: (index: number) => Promise<unknown>;
};

const ASYNC = { headers: { prefer: 'respond-async' } };
const PATIENT = { headers: { prefer: 'wait=60' } };
const LIST = { list: Array.from({ length: 1000 }, (_, index) => index) };
const json = (value: unknown): string => JSON.stringify(value);

/** @param hangingUrl of a server that takes connections and never answers */
export const attacksOf = (tenant: HostileWorkspaces, hangingUrl: string): readonly Attack[] => [
  ...withBodies(tenant),
  ...withReads(tenant),
  ...withTriggers(tenant),
  startLoop(tenant, 'starts', 16, echoFlow(), {}),
  startLoop(tenant, 'slow-expressions', 4, slowExpression(), LIST),
  startLoop(tenant, 'hanging-requests', 4, hangingRequests(hangingUrl), {}),
  startLoop(tenant, 'large-runs', 2, largeRun(), { text: 'x'.repeat(120_000) }),
];

/** Bodies that cost more than they look. */
function withBodies({ call, publish, post, newWorkspace }: HostileWorkspaces): readonly Attack[] {
  const yaml = json({ name: 'y', definition: expandingYaml() });
  const numbers = json({ name: 'n', definition: growingNumbers() });
  const slow = json({ definition: slowToValidate() });
  const patch = { method: 'PATCH', path: '/flows/patched', ...ASYNC };
  return [
    { name: 'yaml that expands', lanes: 2, strike: () => post('yaml that expands', '/flows', yaml) },
    { name: 'numbers that grow', lanes: 1, strike: () => post('numbers that grow', '/flows', numbers) },
    {
      name: 'patches in a loop',
      lanes: 6,
      prepare: () => publish('patched', echoFlow()),
      strike: (index) => call('patches in a loop', { ...patch, body: json({ name: `p ${index}` }) }),
    },
    {
      name: 'validations left alone',
      lanes: 4,
      strike: () => post('validations left alone', '/flows/patched/validate', slow, { leaveAfterMs: 700 }),
    },
    {
      name: 'workspaces',
      lanes: 1,
      strike: (index) => post('workspaces', '/flows', json({ name: '' }), { workspace: newWorkspace(index) }),
    },
  ];
}

/** Answers that cost more than the question, and signals, to a run that waits. */
function withReads({ call, publish, post }: HostileWorkspaces): readonly Attack[] {
  const draft = json({ name: 'large', definition: largeDraft() });
  const signal = json({ payload: { text: 'x'.repeat(3_500_000) } });
  let run = '';
  return [
    {
      name: 'dates far away',
      lanes: 2,
      prepare: () => publish('leap-days', leapDays()),
      strike: () => call('dates far away', { method: 'GET', path: '/flows/leap-days/schedule' }),
    },
    {
      name: 'large lists',
      lanes: 2,
      prepare: async () => {
        for (let at = 0; at < 15; at++) await post('preparing', '/flows', draft);
      },
      strike: () => call('large lists', { method: 'GET', path: '/flows' }),
    },
    {
      name: 'large signals',
      lanes: 2,
      prepare: async () => {
        await publish('waiting', waitingFlow());
        const path = '/flows/waiting/executions';
        const answer = await call('preparing', { method: 'POST', path, body: json({}), ...PATIENT });
        run = encodeURIComponent(String(answer?.body['executionId']));
      },
      strike: () => post('large signals', `/flows/waiting/executions/${run}/signals/go`, signal, ASYNC),
    },
    {
      name: 'streams',
      lanes: 30,
      strike: () => call('streams', { method: 'GET', path: `/executions/${run}/events`, leaveAfterMs: 5000 }),
    },
  ];
}

function withTriggers({ deliver, publish, publishEverywhere, secretOf, post }: HostileWorkspaces): readonly Attack[] {
  return [
    {
      name: 'slow filters',
      lanes: 6,
      prepare: () => publish('filtered', slowFilter()),
      strike: () => deliver('slow filters', 'filtered:webhook:default', secretOf('filtered'), json(LIST)),
    },
    {
      name: 'every second',
      lanes: 1,
      prepare: () =>
        publishEverywhere('ticking', { ...echoFlow(), triggers: [{ kind: 'cron', schedule: '* * * * * *' }] }),
      strike: () => sleep(1000),
    },
    {
      name: 'sub-flows of sub-flows',
      lanes: 1,
      // The highest of them is refused: its runs would be too many.
      prepare: async () => {
        for (const [flowId, definition] of nestedSubFlows()) await publish(flowId, definition);
      },
      strike: async () => {
        await post('sub-flows of sub-flows', '/flows/nested-2/executions', json({}), ASYNC);
        await sleep(250);
      },
    },
  ];
}

/** Starts are refused beyond the quotas; what is let through does its work. */
function startLoop(
  { call, publishEverywhere, workspaceOf }: HostileWorkspaces,
  name: string,
  lanes: number,
  definition: object,
  input: object,
): Attack {
  const body = json({ input });
  return {
    name,
    lanes,
    prepare: () => publishEverywhere(name, definition),
    strike: async (index) => {
      const path = `/flows/${name}/executions`;
      const answer = await call(name, { method: 'POST', path, workspace: workspaceOf(index), body, ...ASYNC });
      if (answer?.status === 429) await sleep(50);
    },
  };
}
