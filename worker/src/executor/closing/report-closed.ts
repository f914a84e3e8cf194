import type { FlowDefinition } from '@flowplane/contracts';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { Cause } from '../engine/engine.js';
import type { RunScope } from '../report/records.js';
import type { ClosedRun } from '../report/reports.js';
import type { CloseRunPorts } from './close-ports.js';
import { storeValue, tableText } from './closing-table.js';
import { correctiveFrames, type ReconciledNode } from './corrective-frames.js';

/** How a run ended, wherever that was read. */
export type Closing = {
  readonly scope: RunScope;
  /** Undefined: it is not known any more. */
  readonly definition: FlowDefinition | undefined;
  /** The final table, its values stored. */
  readonly nodes: readonly ReconciledNode[];
  /** Nodes that it never came to, where it completed. */
  readonly skipped: readonly string[];
  readonly run: Omit<ClosedRun, 'nodes'>;
  readonly cause: Cause;
};

/**
 * Writes the frames that are missing, then the fact. In this order, since until the fact is decided the sweep finds the run
 * again.
 */
export async function reportClosed(
  ports: Pick<CloseRunPorts, 'reports' | 'store' | 'inlineMaxBytes' | 'atFaultPoint' | 'now'>,
  { scope, definition, nodes, skipped, run, cause }: Closing,
  signal: AbortSignal,
): Promise<ClosedRun> {
  await ports.reports.frames(correctiveFrames(scope, definition, nodes, skipped, ports.now()), signal);
  ports.atFaultPoint('executor-before-close-report-exit');
  const table = tableText(nodes.map(({ node }) => node));
  const stored =
    table === null
      ? null
      : await retryWhileUnavailable(() => storeValue(ports.store, table, ports.inlineMaxBytes, scope.tenantId), signal);
  const closed = { ...run, nodes: stored };
  await ports.reports.closed(scope, closed, cause, signal);
  ports.atFaultPoint('executor-after-close-report-exit');
  return closed;
}
