import type { Logger } from '@flowplane/plumbing/logging';
import type { Cause, Engine } from '../engine/engine.js';
import type { RunScope } from '../report/records.js';
import type { Reports } from '../report/reports.js';
import { referencesIn } from './references.js';

export type LostRunPorts = {
  readonly engine: Pick<Engine, 'standing' | 'history' | 'terminate'>;
  /** Which of these contents are not kept. */
  readonly missing: (hashes: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;
  readonly reports: Pick<Reports, 'closed'>;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
};

/** Codes of failures of runs that nothing will ever end: the engine does not know them, or cannot read what they need. */
type LostCode = 'ENGINE_LOST' | 'PAYLOAD_LOST';
const MESSAGES: Readonly<Record<LostCode, string>> = {
  ENGINE_LOST: 'The engine does not have the run any more.',
  PAYLOAD_LOST: 'A value that the run needs is not kept any more.',
};
const UNASKED: Cause = { correlationId: 'executor', traceparent: null };
/** The engine has a worker try the same step again: it could not take it. */
const FAILING_ATTEMPTS = 2;
/** Levels of sub-flows that are looked at; more than there may be. */
const MAX_LEVELS = 100;

/**
 * Closes a run that is open for the log as failed, when the engine does not know it. To be called in the run's turn, so
 * that its start is not under way.
 *
 * @returns whether it was lost
 * @throws CallAbandoned on `signal`
 */
export async function closeIfLost(
  ports: LostRunPorts,
  run: RunScope,
  signal: AbortSignal,
  cause: Cause = UNASKED,
): Promise<boolean> {
  const standing = await ports.engine.standing(run.executionId, signal);
  if (standing.state !== 'missing') return false;
  await close(ports, run, 'ENGINE_LOST', signal, cause);
  return true;
}

/** As `closeIfLost`; also ends and closes a run that cannot go on because a value it needs is gone. */
export async function closeIfStuck(ports: LostRunPorts, run: RunScope, signal: AbortSignal): Promise<boolean> {
  if (await closeIfLost(ports, run, signal)) return true;
  const open = await openWithSubFlows(ports, run.executionId, MAX_LEVELS, signal);
  if (!(await isAnyWithoutPayload(ports, open, signal))) return false;
  // Sub-flows first, and all of them: one that cannot take a step would never see that its parent is gone.
  for (const { id } of open.toReversed()) await ports.engine.terminate(id, MESSAGES.PAYLOAD_LOST, signal);
  await close(ports, run, 'PAYLOAD_LOST', signal, UNASKED);
  return true;
}

type OpenRun = { readonly id: string; readonly attempts: number };

/** A run and its sub-flows at any depth, as far as they are open in the engine, parents before children. */
async function openWithSubFlows(
  ports: LostRunPorts,
  id: string,
  levels: number,
  signal: AbortSignal,
): Promise<readonly OpenRun[]> {
  const standing = await ports.engine.standing(id, signal);
  if (standing.state !== 'open') return [];
  const open: OpenRun[] = [{ id, attempts: standing.attempts }];
  for (const child of levels === 0 ? [] : standing.children) {
    open.push(...(await openWithSubFlows(ports, child, levels - 1, signal)));
  }
  return open;
}

async function isAnyWithoutPayload(
  ports: LostRunPorts,
  open: readonly OpenRun[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const { id } of open.filter(({ attempts }) => attempts >= FAILING_ATTEMPTS)) {
    const history = await ports.engine.history(id, null, 0, signal);
    if ((await ports.missing(referencesIn(history?.events ?? []), signal)).length > 0) return true;
  }
  return false;
}

async function close(
  { reports, now, logger }: LostRunPorts,
  run: RunScope,
  code: LostCode,
  signal: AbortSignal,
  cause: Cause,
): Promise<void> {
  const failure = { nodeId: null, code, message: MESSAGES[code] };
  const closed = { status: 'Failed', startedAt: null, closedAt: now(), result: null, failure, nodes: null } as const;
  logger.error({ alert: 'run-lost', code, ...run }, 'a run that cannot go on is closed as failed');
  await reports.closed(run, closed, cause, signal);
}
