import type { FlowNode } from '@flowplane/contracts/flow/document';
import { formatMs, useNow } from '../parts/time.js';
import { pauseMarks, timelineScale, type Span } from './timeline-scale.js';
import type { AttemptView, NodeStatus, RunDetail, RunView } from './run-model.js';

export type TimelineProps = {
  readonly run: RunDetail;
  readonly view: RunView;
  /** Of the version that runs. */
  readonly nodes: readonly FlowNode[];
  readonly selected: string | null;
  readonly onSelect: (nodeId: string) => void;
};

type Bar = Span & { readonly attempt: AttemptView };
type Row = { readonly nodeId: string; readonly status: NodeStatus; readonly bars: readonly Bar[] };

/** What does something itself; waiting, and what encloses others, is drawn short where nothing else goes on. */
const BUSY_TYPES: ReadonlySet<FlowNode['type']> = new Set(['task', 'sub-flow', 'branch']);

/** When each node ran: a bar for each attempt. */
export function Timeline({ run, view, nodes, selected, onSelect }: TimelineProps) {
  const clock = useNow(view.ended === null && run.closedAt === null);
  // A node without an end ended with the run.
  const now = run.closedAt === null ? clock : Date.parse(run.closedAt);
  const begin = Date.parse(run.startedAt ?? run.createdAt);
  const rows = rowsOf(run, view, now);
  const bars = rows.flatMap((row) => row.bars);
  const end = bars.reduce((latest, { to }) => Math.max(latest, to), Math.max(now, begin));
  const busyIds = new Set(nodes.filter(({ type }) => BUSY_TYPES.has(type)).map(({ id }) => id));
  const busy = rows.filter(({ nodeId }) => busyIds.has(nodeId)).flatMap((row) => row.bars);
  const { place, gaps } = timelineScale(busy, { from: begin, to: end });
  const percent = (time: number): string => `${place(time) * 100}%`;
  if (rows.length === 0) return <p className="empty">No node has started yet.</p>;
  return (
    <div className="timeline">
      <p className="soft">
        {formatMs(end - begin)} in all{gaps.length > 0 && '; long pauses are drawn short (//)'}
      </p>
      <ol>
        {gaps.length > 0 && (
          <li>
            <span className="soft">Pauses</span>
            <span className="track">
              {pauseMarks(gaps).map(({ at, count, ms }) => {
                const length = count === 1 ? formatMs(ms) : `${count} pauses, ${formatMs(ms)} in all`;
                const left = `${at * 100}%`;
                return (
                  <span key={at} className="gap" style={{ left }} role="img" title={length} aria-label={length}>
                    {'//'}
                  </span>
                );
              })}
            </span>
          </li>
        )}
        {rows.map(({ nodeId, status, bars: own }) => (
          <li key={nodeId}>
            <button aria-pressed={nodeId === selected} onClick={() => onSelect(nodeId)}>
              {nodeId}
            </button>
            <span className="track">
              {own.map(({ from, to, attempt }) => (
                <span
                  key={attempt.attemptNumber}
                  className="bar-span"
                  data-status={
                    attempt.status === 'retrying' && attempt.completedAt !== null ? 'failed' : attempt.status
                  }
                  style={{ left: percent(from), width: `max(3px, ${(place(to) - place(from)) * 100}%)` }}
                  title={`${nodeId}, attempt ${attempt.attemptNumber}, ${attempt.status}: ${formatMs(to - from)}`}
                />
              ))}
            </span>
            <span className="number soft">{own.length === 0 ? status : formatMs(lengthOf(own))}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

const lengthOf = (bars: readonly Bar[]): number => (bars.at(-1)?.to ?? 0) - (bars[0]?.from ?? 0);

/** Nodes that have begun, in the order in which they did. */
function rowsOf(run: RunDetail, view: RunView, now: number): Row[] {
  const rows = run.nodes.map(({ nodeId, status, attempts }): Row => {
    const state = view.nodes.get(nodeId);
    const bars = (state?.attempts ?? attempts).flatMap((attempt): Bar[] => {
      if (attempt.startedAt === null) return [];
      const from = Date.parse(attempt.startedAt);
      return [{ from, to: attempt.completedAt === null ? now : Date.parse(attempt.completedAt), attempt }];
    });
    return { nodeId, status: state?.status ?? status, bars };
  });
  return rows.filter(({ bars }) => bars.length > 0).toSorted((a, b) => (a.bars[0]?.from ?? 0) - (b.bars[0]?.from ?? 0));
}
