import {
  assertNever,
  type EventMeta,
  type ExecutionCancelRequested,
  type ExecutionClosed,
  type ExecutionRequested,
  type ExecutionStarted,
} from '@flowplane/contracts';
import { flowKey } from '../flows/state.js';

/**
 * A run that is not over: requested and not yet reported started; started; started and asked to cancel. A pending run
 * that is cancelled closes at once, so it never is `Cancelling`.
 */
export type OpenRun = {
  readonly status: 'Pending' | 'Running' | 'Cancelling';
  readonly workspaceId: string;
  readonly flowId: string;
  readonly version: number;
};

export type ExecutionsState = {
  /** By execution id. */
  readonly runs: Map<string, OpenRun>;
  /** Number of open runs by workspace; no entry for none. */
  readonly openInWorkspace: Map<string, number>;
  /** Number of open runs by workspace and flow (`flowKey`); no entry for none. */
  readonly openOfFlow: Map<string, number>;
};

export const emptyExecutions = (): ExecutionsState => ({
  runs: new Map(),
  openInWorkspace: new Map(),
  openOfFlow: new Map(),
});

/** An open run that is where the caller says it is; anything else does not exist for the caller. */
export function openRunOf(
  { runs }: ExecutionsState,
  { workspaceId }: Pick<EventMeta, 'workspaceId'>,
  flowId: string,
  executionId: string,
): OpenRun | undefined {
  const run = runs.get(executionId);
  return run?.workspaceId === workspaceId && run.flowId === flowId ? run : undefined;
}

type RunEvent = ExecutionRequested | ExecutionStarted | ExecutionCancelRequested | ExecutionClosed;

export function evolveExecutions(executions: ExecutionsState, event: RunEvent): void {
  const { executionId } = event.data;
  const run = executions.runs.get(executionId);
  switch (event.type) {
    case 'ExecutionRequested': {
      const { flowId, version } = event.data;
      const { workspaceId } = event.meta;
      if (run === undefined) open(executions, executionId, { status: 'Pending', workspaceId, flowId, version });
      return;
    }
    case 'ExecutionStarted':
      if (run !== undefined) executions.runs.set(executionId, { ...run, status: 'Running' });
      return;
    case 'ExecutionCancelRequested':
      if (run !== undefined) executions.runs.set(executionId, { ...run, status: 'Cancelling' });
      return;
    case 'ExecutionClosed':
      if (run === undefined) return;
      executions.runs.delete(executionId);
      count(executions, run, -1);
      return;
    default:
      assertNever(event);
  }
}

function open(executions: ExecutionsState, executionId: string, run: OpenRun): void {
  executions.runs.set(executionId, run);
  count(executions, run, 1);
}

function count({ openInWorkspace, openOfFlow }: ExecutionsState, run: OpenRun, by: 1 | -1): void {
  add(openInWorkspace, run.workspaceId, by);
  add(openOfFlow, flowKey(run, run.flowId), by);
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum > 0) counts.set(key, sum);
  else counts.delete(key);
}

/** Tuples: a snapshot has many of them. */
export const executionsToJson = ({ runs }: ExecutionsState) =>
  [...runs].map(
    ([id, { status, workspaceId, flowId, version }]) => [id, status, workspaceId, flowId, version] as const,
  );

export function executionsFromJson(saved: ReturnType<typeof executionsToJson>): ExecutionsState {
  const executions = emptyExecutions();
  for (const [id, status, workspaceId, flowId, version] of saved) {
    open(executions, id, { status, workspaceId, flowId, version });
  }
  return executions;
}
