import type { FinalNode, FlowDefinition, StoredValue } from '@flowplane/contracts';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { RunScope } from '../report/records.js';
import type { CloseRunPorts } from './close-ports.js';
import { storeNodeValue } from './closing-table.js';
import { isDigest, type SeenValue } from './digest.js';
import { finalNode } from './final-nodes.js';
import { journalTable, type JournalNode, type NotWhole } from './journal-table.js';
import type { ReconciledNode } from './corrective-frames.js';
import { neverVisited } from './reconcile.js';
import { reportClosed } from './report-closed.js';
import { runEndOf, type RunEnd } from './run-history.js';
import { saidEnd, standingOf, type SaidEnd } from './said-end.js';

/** A value is in memory as text (two bytes a character) and as bytes. */
const COPIES = 4;

/** `notWhole`: it must be closed from its history. */
type JournalClose = 'reported' | 'reported-late' | 'open' | 'unknown' | { readonly notWhole: NotWhole };

/**
 * Reports a run that is over, from its frames and from what it said of its end; of the engine only the event that ended it is
 * asked for.
 *
 * @param waitMs how long its end may be waited for
 */
export async function closeFromJournal(
  ports: CloseRunPorts,
  scope: RunScope,
  waitMs: number,
  signal: AbortSignal,
): Promise<JournalClose> {
  const { executionId } = scope;
  if (saidEnd(ports.seen.of(executionId)) === undefined) return { notWhole: 'end_not_said' };
  const read = await ports.engine.closeEvent(executionId, waitMs, signal);
  if (read === undefined) return 'unknown';
  const event = read.events.at(-1);
  const end = event === undefined ? null : runEndOf(event);
  if (end === null) return 'open';
  // It goes on as another engine run: only its history says where that stands.
  if (end.nextRunId !== null) return { notWhole: 'other_end' };

  const seen = ports.seen.of(executionId);
  const said = saidEnd(seen);
  if (said === undefined) return { notWhole: 'end_not_said' };
  const standing = await standingOf(ports.store, seen, signal);
  const definition = await ports.versions.peek({ ...scope, version: said.version }).catch(() => undefined);
  if (definition === undefined) return { notWhole: 'frames_not_seen' };
  const table = journalTable(seen, end, standing, definition, ports.seen.isFollowedFrom(said.startedAt));
  if ('notWhole' in table) return { notWhole: table.notWhole };
  const bytes =
    COPIES * table.nodes.reduce((sum, { input, output }) => sum + inlineSize(input) + inlineSize(output), 0);
  const report = () => reportTable(ports, scope, { end, said, definition, nodes: table.nodes }, signal);
  await ports.bytes.run(bytes, report, { owner: scope.tenantId });
  ports.counters.closedFrom('journal');
  return read.waited ? 'reported-late' : 'reported';
}

type Table = {
  readonly end: RunEnd;
  readonly said: SaidEnd;
  readonly definition: FlowDefinition;
  readonly nodes: readonly JournalNode[];
};

async function reportTable(
  ports: CloseRunPorts,
  scope: RunScope,
  { end, said, definition, nodes }: Table,
  signal: AbortSignal,
): Promise<void> {
  const rows: ReconciledNode[] = [];
  for (const { outcome, input, output } of nodes) {
    const node: FinalNode = await retryWhileUnavailable(
      async () => finalNode(outcome, await kept(ports, scope, input), await kept(ports, scope, output)),
      signal,
    );
    rows.push({ node, seenRank: outcome.seenRank });
  }
  const { startedAt, failure, correlationId, traceparent } = said;
  const run = { status: end.status, startedAt, closedAt: end.closedAt, result: whole(said.result), failure };
  const outcomes = nodes.map(({ outcome }) => outcome);
  const skipped = end.status === 'Completed' ? neverVisited(definition, outcomes) : [];
  const cause = { correlationId, traceparent };
  await reportClosed(ports, { scope, definition, nodes: rows, skipped, run, cause }, signal);
}

/** A value as the table has it: by reference where it is not small. */
async function kept(
  { store, inlineMaxBytes }: CloseRunPorts,
  { tenantId }: RunScope,
  seen: SeenValue | null,
): Promise<StoredValue | null> {
  const value = whole(seen);
  return value === null || value.json === null ? value : storeNodeValue(store, value.json, inlineMaxBytes, tenantId);
}

function whole(value: SeenValue | null): StoredValue | null {
  if (value !== null && isDigest(value)) throw new Error('the values of frames are not kept');
  return value;
}

const inlineSize = (value: SeenValue | null): number =>
  value === null || isDigest(value) ? 0 : (value.json?.length ?? 0);
