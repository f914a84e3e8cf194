import { randomUUID } from 'node:crypto';
import { runPath, type Answer, type Caller } from './api-client.js';
import type { AuditItem, ExecutionBody, FlowBody, ListBody, RunItem } from './api-types.js';

/** What one writer has in its workspace. */
export type Lane = {
  readonly caller: Caller;
  name: string;
  revision: number;
  version: number;
  readonly runs: string[];
  /** Flows made in earlier turns. */
  readonly spare: string[];
};

/** Whatever a command answers, at once or later. */
export type Written = { readonly executionId?: string; readonly commandId?: string };

/** A write, what it answers when it is decided, and the read that must show it. */
export type PlannedPair = {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly status: number;
  readonly read: (written: Written) => {
    readonly path: string;
    /** Undefined: the read shows the write. */
    readonly staleBecause: (answer: Answer<unknown>) => string | undefined;
  };
};

type FlowShown = FlowBody & { readonly status: string };

const shows = (isShown: boolean, what: string): string | undefined =>
  isShown ? undefined : `it does not show ${what}`;
/** Pairs come by turns of twenty: mostly renames, and among them everything else. */
const TURNS = 20;

/** The pair of a turn. The lane is taken to be as the write leaves it: nobody else writes there. */
export function planPair(lane: Lane, turn: number): PlannedPair {
  switch (turn % TURNS) {
    case 0:
    case 10:
      return created(lane);
    case 2:
    case 12:
      return listed(lane);
    case 5:
      return published(lane);
    case 7:
      return started(lane);
    case 9:
    case 19:
      return deleted(lane);
    case 15:
      return lane.runs.length === 0 ? renamed(lane) : cancelled(lane.runs.pop() as string);
    default:
      return renamed(lane);
  }
}

function created(lane: Lane): PlannedPair {
  const flowId = `made-${randomUUID()}`;
  lane.spare.push(flowId);
  const name = `name ${flowId}`;
  return {
    ...{ kind: 'create', method: 'POST', path: '/flows', body: { name, flowId }, status: 201 },
    read: () => ({
      path: `/flows/${flowId}`,
      staleBecause: ({ body }) => shows((body as FlowShown).name === name, 'the flow'),
    }),
  };
}

function rename(lane: Lane): { readonly name: string; readonly revision: number } {
  lane.name = `renamed ${randomUUID()}`;
  lane.revision += 1;
  return { name: lane.name, revision: lane.revision };
}

function renamed(lane: Lane): PlannedPair {
  const { name, revision } = rename(lane);
  return {
    ...{ kind: 'patch', method: 'PATCH', path: '/flows/main', body: { name }, status: 200 },
    read: () => ({
      path: '/flows/main',
      staleBecause: ({ body, headers }) => {
        const flow = body as FlowShown;
        const etag = headers.get('etag');
        return shows(
          flow.name === name && flow.revision === revision && etag === `"${revision}"`,
          `revision ${revision}`,
        );
      },
    }),
  };
}

function listed(lane: Lane): PlannedPair {
  const { name } = rename(lane);
  return {
    ...{ kind: 'patch, listed', method: 'PATCH', path: '/flows/main', body: { name }, status: 200 },
    read: () => ({
      path: '/flows',
      staleBecause: ({ body }) =>
        shows(
          (body as ListBody<FlowShown>).items.some((flow) => flow.name === name),
          name,
        ),
    }),
  };
}

function published(lane: Lane): PlannedPair {
  lane.version += 1;
  lane.revision += 1;
  const { version } = lane;
  return {
    ...{ kind: 'publish', method: 'POST', path: '/flows/main/versions', status: 201 },
    read: () => ({
      path: `/flows/main/versions/${version}`,
      staleBecause: ({ status }) => shows(status === 200, `version ${version}`),
    }),
  };
}

function started(lane: Lane): PlannedPair {
  return {
    ...{ kind: 'start', method: 'POST', path: '/flows/main/executions', body: {}, status: 201 },
    read: ({ executionId }) => {
      if (executionId === undefined) throw new Error('a start was answered without the id of its run');
      lane.runs.push(executionId);
      return {
        path: isEven(executionId) ? runPath('main', executionId) : '/flows/main/executions',
        staleBecause: ({ body }) => {
          const run = body as Partial<ExecutionBody & ListBody<RunItem>>;
          const inList = run.items?.some((item) => item.executionId === executionId) === true;
          return shows(inList || run.status === 'Running' || run.status === 'Pending', `run ${executionId}`);
        },
      };
    },
  };
}

const isEven = (id: string): boolean => Number.parseInt(id.slice(-1), 16) % 2 === 0;

function cancelled(executionId: string): PlannedPair {
  return {
    ...{ kind: 'cancel', method: 'POST', path: `${runPath('main', executionId)}/cancellations`, status: 202 },
    read: () => ({
      path: `/audit?executionId=${encodeURIComponent(executionId)}`,
      staleBecause: ({ body }) => {
        const { items } = body as ListBody<AuditItem>;
        return shows(
          items.some(({ eventType }) => eventType === 'flow.execution_cancelled'),
          'the cancellation',
        );
      },
    }),
  };
}

function deleted(lane: Lane): PlannedPair {
  const flowId = lane.spare.pop() as string;
  return {
    ...{ kind: 'delete', method: 'DELETE', path: `/flows/${flowId}`, status: 200 },
    read: () => ({ path: `/flows/${flowId}`, staleBecause: ({ status }) => shows(status === 404, 'that it is gone') }),
  };
}
