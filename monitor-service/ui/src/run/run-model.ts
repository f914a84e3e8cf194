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
  readonly log: readonly LogLine[];
  /** Set when the stream has said that the run is over. */
  readonly ended: RunStatus | null;
};

/** What is known of each node: what the stream has told, else what the detail says. */
export function statesOf(run: RunDetail, view: RunView): ReadonlyMap<string, NodeView> {
  const read = run.nodes.filter(({ status }) => status !== 'pending');
  return new Map([...read.map((node) => [node.nodeId, node] as const), ...view.nodes]);
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
};

/** In how many ms a detail is to be read again; false: it is as the run is, or was read often enough. */
export function detailAgainMs(known: RunDetail, { view, selected, isRefused }: DetailNeeds): number | false {
  if (isOver(known.status)) return isNodeBehind(known, view, selected) ? BEHIND_MS : false;
  const hasBegun = known.status !== 'Pending';
  if (view.ended !== null || (!hasBegun && view.current !== null)) return BEHIND_MS;
  if (isNodeBehind(known, view, selected)) return BEHIND_MS;
  return isRefused || !hasBegun ? SLOW_MS : false;
}

/** Whether the selected node has come further than the detail says. */
function isNodeBehind(known: RunDetail, view: RunView, selected: string | null): boolean {
  const told = selected === null ? undefined : view.nodes.get(selected);
  return told !== undefined && told.status !== known.nodes.find(({ nodeId }) => nodeId === selected)?.status;
}

export const EMPTY_RUN: RunView = { nodes: new Map(), current: null, log: [], ended: null };

/** The view behind more frames. What a stream repeats changes nothing. */
export function withFrames(view: RunView, frames: readonly StreamFrame[]): RunView {
  const nodes = new Map(view.nodes);
  const log = [...view.log];
  let { current, ended } = view;
  for (const frame of frames) {
    if (frame.type === 'node-status') {
      nodes.set(frame.nodeId, withStatus(nodes.get(frame.nodeId), frame));
      if (frame.status !== 'skipped') {
        current = frame.nodeId;
        log.push(lineOf(frame));
      }
    } else if (frame.type === 'log-line') {
      log.push(noteOf(frame));
    } else if (frame.type === 'stream-end') {
      ended = frame.status;
    }
  }
  return { nodes, current, log, ended };
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
