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
  const stuck = await withoutPayload(ports, run.executionId, MAX_LEVELS, signal);
  if (stuck === undefined) return false;
  for (const id of new Set([stuck, run.executionId])) {
    await ports.engine.terminate(id, MESSAGES.PAYLOAD_LOST, signal);
  }
  await close(ports, run, 'PAYLOAD_LOST', signal, UNASKED);
  return true;
}

/** @returns id of the run, or of a child of it at any depth, that fails for a value that is gone */
async function withoutPayload(
  ports: LostRunPorts,
  executionId: string,
  levels: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const standing = await ports.engine.standing(executionId, signal);
  if (standing.state !== 'open') return undefined;
  if (standing.attempts >= FAILING_ATTEMPTS) {
    const history = await ports.engine.history(executionId, null, 0, signal);
    const gone = await ports.missing(referencesIn(history?.events ?? []), signal);
    if (gone.length > 0) return executionId;
  }
  for (const child of levels === 0 ? [] : standing.children) {
    const stuck = await withoutPayload(ports, child, levels - 1, signal);
    if (stuck !== undefined) return stuck;
  }
  return undefined;
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
