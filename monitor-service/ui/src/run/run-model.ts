import type { AnswerOf, StreamFrame } from '@flowplane/contracts/client';

export type RunDetail = AnswerOf<'getExecution'>;
export type NodeStatus = RunDetail['nodes'][number]['status'];
export type RunStatus = RunDetail['status'];

const OVER: ReadonlySet<RunStatus> = new Set(['Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut']);

/** Whether nothing happens in a run any more. */
export const isOver = (status: RunStatus): boolean => OVER.has(status);

type NodeFrame = Extract<StreamFrame, { readonly type: 'node-status' }>;
type LogFrame = Extract<StreamFrame, { readonly type: 'log-line' }>;

export type AttemptView = {
  readonly attemptNumber: number;
  readonly status: NodeStatus;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  /** Of an attempt that failed: when the next one is due. */
  readonly nextAttemptAt?: string | undefined;
  readonly error?: { readonly message: string } | undefined;
};

export type NodeView = {
  readonly status: NodeStatus;
  readonly reused: boolean;
  /** In order. */
  readonly attempts: readonly AttemptView[];
};

/** A node with what its output says of an answer over HTTP. */
export type NodeState = NodeView & { readonly httpStatus?: number | undefined };

export type LogLine = {
  /** Increases along the run. */
  readonly key: string;
  /** Null where a frame has no time. */
  readonly at: string | null;
  readonly nodeId: string | null;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
};

/** What a page shows of a run: made from its event stream alone, frame by frame. */
export type RunView = {
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** The node that changed last. */
  readonly current: string | null;
  /** The last ones. */
  readonly log: readonly LogLine[];
  /** How many earlier lines are not kept. */
  readonly leftOut: number;
  /** Set when the stream has said that the run is over. */
  readonly ended: RunStatus | null;
};

/** What is known of each node: what the stream has told, else what the detail says, which alone knows outputs. */
export function statesOf(run: RunDetail, view: RunView): ReadonlyMap<string, NodeState> {
  const states = new Map<string, NodeState>(view.nodes);
  for (const { nodeId, status, reused, attempts, output } of run.nodes) {
    if (status === 'pending') continue;
    const httpStatus = httpStatusOf(output);
    const told = view.nodes.get(nodeId);
    if (told === undefined || httpStatus !== undefined) {
      states.set(nodeId, { ...(told ?? { status, reused, attempts }), httpStatus });
    }
  }
  return states;
}

/** What a server answered with, where an output says that. */
export function httpStatusOf(output: unknown): number | undefined {
  const status =
    typeof output === 'object' && output !== null && 'httpStatus' in output ? output.httpStatus : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** When a node is tried again that has failed so far; undefined: that is not known, or the attempt has begun. */
export function nextAttemptOf(status: NodeStatus, attempts: readonly AttemptView[]): string | undefined {
  const last = attempts.at(-1);
  return status === 'retrying' && last?.error !== undefined ? last.nextAttemptAt : undefined;
}

/** How often a detail is read again that is behind the run's stream, ms. */
const BEHIND_MS = 1_000;
/** How often where nothing says that it is behind: while the stream is not there, or the run has not begun. */
const SLOW_MS = 5_000;

type DetailNeeds = {
  readonly view: RunView;
  readonly selected: string | null;
  /** Whether the stream was given up: then it tells nothing. */
  readonly isRefused: boolean;
  /** Nodes that are shown with what a server answered, which only the detail says. */
  readonly calls?: ReadonlySet<string>;
};

/** In how many ms a detail is to be read again; false: it is as the run is, or was read often enough. */
export function detailAgainMs(known: RunDetail, needs: DetailNeeds): number | false {
  const { view, selected, isRefused } = needs;
  if (isOver(known.status)) return isNodeBehind(known, view, selected) ? BEHIND_MS : false;
  const hasBegun = known.status !== 'Pending';
  if (view.ended !== null || (!hasBegun && view.current !== null)) return BEHIND_MS;
  if (isNodeBehind(known, view, selected)) return BEHIND_MS;
  return isRefused || !hasBegun || isAnswerUnknown(known, needs) ? SLOW_MS : false;
}

/** Whether the selected node has come further than the detail says. */
function isNodeBehind(known: RunDetail, view: RunView, selected: string | null): boolean {
  const told = selected === null ? undefined : view.nodes.get(selected);
  return told !== undefined && told.status !== known.nodes.find(({ nodeId }) => nodeId === selected)?.status;
}

/** Whether a call has completed of which the detail does not have the answer. */
const isAnswerUnknown = (known: RunDetail, { view, calls }: DetailNeeds): boolean =>
  calls !== undefined &&
  known.nodes.some(
    ({ nodeId, status }) =>
      status !== 'completed' && calls.has(nodeId) && view.nodes.get(nodeId)?.status === 'completed',
  );

/** Lines of a run's log that its page keeps. */
export const KEPT_LINES = 5_000;
/** So many more may be there for a moment: not each line that comes moves all others. */
const SPARE_LINES = 500;

export const EMPTY_RUN: RunView = { nodes: new Map(), current: null, log: [], leftOut: 0, ended: null };

/** The view behind more frames. What a stream repeats changes nothing. */
export function withFrames(view: RunView, frames: readonly StreamFrame[]): RunView {
  const nodes = new Map(view.nodes);
  const log = [...view.log];
  let { current, ended } = view;
  for (const frame of frames) {
    const line = lineOfFrame(frame);
    if (line !== undefined) log.push(line);
    if (frame.type === 'node-status') {
      nodes.set(frame.nodeId, withStatus(nodes.get(frame.nodeId), frame));
      if (frame.status !== 'skipped') current = frame.nodeId;
    } else if (frame.type === 'stream-end') {
      ended = frame.status;
    }
  }
  const surplus = log.length > KEPT_LINES + SPARE_LINES ? log.length - KEPT_LINES : 0;
  return { nodes, current, log: log.slice(surplus), leftOut: view.leftOut + surplus, ended };
}

/** The line of the log that a frame makes; undefined: none. */
export function lineOfFrame(frame: StreamFrame): LogLine | undefined {
  if (frame.type === 'log-line') return noteOf(frame);
  return frame.type === 'node-status' && frame.status !== 'skipped' ? lineOf(frame) : undefined;
}

function withStatus(before: NodeView | undefined, frame: NodeFrame): NodeView {
  const { attemptNumber, status, startedAt, completedAt, error, nextAttemptAt } = frame;
  const attempts = [...(before?.attempts ?? [])];
  const index = attempts.findIndex((one) => one.attemptNumber === attemptNumber);
  const known = attempts[index];
  const attempt = {
    ...{ attemptNumber, status },
    startedAt: startedAt ?? known?.startedAt ?? null,
    completedAt: completedAt ?? known?.completedAt ?? null,
    error: error ?? known?.error,
    nextAttemptAt: nextAttemptAt ?? known?.nextAttemptAt,
  };
  if (index === -1) attempts.push(attempt);
  else attempts[index] = attempt;
  return { status, reused: frame.reused === true, attempts };
}

const lineOf = (frame: NodeFrame): LogLine => ({
  key: frame.id,
  at: frame.completedAt ?? frame.startedAt,
  nodeId: frame.nodeId,
  level: frame.status === 'failed' ? 'error' : frame.error === undefined ? 'info' : 'warn',
  message: [
    frame.reused === true ? `${frame.status}, taken over from the run before` : frame.status,
    frame.attemptNumber > 1 ? `(attempt ${frame.attemptNumber})` : '',
    frame.error === undefined ? '' : `– ${frame.error.message}`,
  ]
    .filter((part) => part !== '')
    .join(' '),
});

const noteOf = ({ id, nodeId, level, message, timestamp }: LogFrame): LogLine => ({
  ...{ key: id, nodeId, level, message },
  at: timestamp,
});
