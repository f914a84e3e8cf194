import { isGivenUp, type FinalNode, type NodeAttempt, type NodeError } from '@flowplane/contracts';
import type { Cause } from '../engine/engine.js';
import type { ClosedRun } from '../report/reports.js';
import { digestOf, isDigest, type SeenValue } from './digest.js';
import type { JournalNode } from './journal-table.js';
import type { SeenEnding } from './seen-frames.js';

/** What two tables may differ in, as the counter has it. */
export type DifferingMember =
  | 'node'
  | 'node.order'
  | `node.${'status' | 'reused' | 'arm' | 'error' | 'input' | 'output'}`
  | `node.${'attempt' | 'attemptError' | 'startedAt' | 'completedAt'}`
  | `run.${'status' | 'result' | 'failure' | 'startedAt' | 'version' | 'correlationId' | 'traceparent'}`;

/** One difference; it says what each side has without its values, which are tenants' data. */
export type Difference = {
  readonly member: DifferingMember;
  readonly nodeId?: string;
  readonly iteration?: number;
  readonly history: string;
  readonly journal: string;
};

/** How a run is closed by its history. */
export type HistoryClose = {
  readonly run: ClosedRun;
  readonly cause: Cause;
  readonly version: number | null;
  readonly nodes: readonly FinalNode[];
};

/** What closing from the journal would say otherwise. What only one side knows is not compared. */
export function differencesOf(
  history: HistoryClose,
  ending: SeenEnding | undefined,
  nodes: readonly JournalNode[],
): readonly Difference[] {
  const journal = new Map(nodes.map((node) => [keyOf(node.outcome), node]));
  const known = new Set(history.nodes.map(keyOf));
  const ofNodes = history.nodes.flatMap((node) => {
    const other = journal.get(keyOf(node));
    return other === undefined ? [presence(node, 'history')] : nodeDifferences(node, other);
  });
  const more = nodes.flatMap(({ outcome }) => (known.has(keyOf(outcome)) ? [] : [presence(outcome, 'journal')]));
  const orders = [history.nodes.map(keyOf), nodes.map(({ outcome }) => keyOf(outcome))];
  const ofOrder =
    more.length > 0 || ofNodes.some(({ member }) => member === 'node') ? [] : compared('node.order', orders);
  return [...runDifferences(history, ending), ...ofNodes, ...more, ...ofOrder];
}

const keyOf = ({ nodeId, iteration }: { readonly nodeId: string; readonly iteration: number }): string =>
  `${iteration}/${nodeId}`;

function presence(
  { nodeId, iteration, status }: Pick<FinalNode, 'nodeId' | 'iteration' | 'status'>,
  side: 'history' | 'journal',
): Difference {
  const [history, journal] = side === 'history' ? [status, 'absent'] : ['absent', status];
  return { member: 'node', nodeId, iteration, history, journal };
}

function runDifferences({ run, cause, version }: HistoryClose, ending: SeenEnding | undefined): readonly Difference[] {
  // A run that was ended from outside said nothing.
  if (ending === undefined) return [];
  return [
    ...compared('run.status', [run.status, ending.status]),
    ...compared('run.result', [digested(run.result), digested(ending.result)]),
    ...compared('run.failure', [run.failure, ending.failure]),
    ...whereKnown('run.startedAt', run.startedAt, ending.startedAt),
    ...whereKnown('run.version', version, ending.version),
    ...whereKnown('run.correlationId', cause.correlationId, ending.correlationId),
    ...whereKnown('run.traceparent', cause.traceparent, ending.traceparent),
  ];
}

function nodeDifferences(node: FinalNode, { outcome, input, output }: JournalNode): readonly Difference[] {
  const { nodeId, iteration } = node;
  const last = node.attempts.at(-1);
  const otherLast = outcome.attempts.at(-1);
  const found = [
    ...compared('node.status', [node.status, outcome.status]),
    ...compared('node.reused', [node.reused, outcome.reused]),
    ...compared('node.arm', [node.arm ?? null, outcome.arm ?? null]),
    ...compared('node.error', [errorOf(node.error), errorOf(outcome.error)]),
    ...compared('node.input', [digested(node.input), digested(input)]),
    ...compared('node.output', [digested(node.output), digested(output)]),
    ...compared('node.attempt', [last?.attemptNumber ?? 0, otherLast?.attemptNumber ?? 0]),
    ...whereKnown('node.startedAt', last?.startedAt, otherLast?.startedAt),
    ...whereKnown('node.completedAt', last?.completedAt, otherLast?.completedAt),
    ...earlierAttempts(node.attempts, outcome.attempts),
  ];
  return found.map((difference) => ({ ...difference, nodeId, iteration }));
}

const digested = (value: SeenValue | null) => (value === null || isDigest(value) ? value : digestOf(value));

const errorOf = (error: NodeError | null): Pick<NodeError, 'code' | 'message'> | null =>
  error && { code: error.code, message: error.message };

/** Attempts before the last one: how each ended, where a frame said so. */
function earlierAttempts(history: readonly NodeAttempt[], journal: readonly NodeAttempt[]): readonly Difference[] {
  const others = new Map(journal.slice(0, -1).map((attempt) => [attempt.attemptNumber, attempt]));
  return history.slice(0, -1).flatMap((attempt) => {
    const other = others.get(attempt.attemptNumber);
    if (other?.error === undefined || isGivenUp(other)) return [];
    return compared('node.attemptError', [attempt.error?.message ?? null, other.error.message]);
  });
}

const whereKnown = (member: DifferingMember, history: unknown, journal: unknown): readonly Difference[] =>
  (history ?? null) === null || (journal ?? null) === null ? [] : compared(member, [history, journal]);

function compared(member: DifferingMember, [history, journal]: readonly unknown[]): readonly Difference[] {
  if (textOf(history) === textOf(journal)) return [];
  return [{ member, history: shown(member, history), journal: shown(member, journal) }];
}

const textOf = (value: unknown): string => JSON.stringify(value ?? null);

/** Only statuses and numbers are shown as they are: every other text may be a tenant's. */
function shown(member: DifferingMember, value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && member.endsWith('.status')) return value;
  const json = textOf(value);
  const { hash, sizeBytes } = isDigest(value)
    ? value
    : digestOf({ json, ref: null, sizeBytes: Buffer.byteLength(json) });
  return `${sizeBytes} bytes, sha256 ${hash.slice(0, 16)}`;
}
