import { readFileSync } from 'node:fs';

/** The line that the decider writes when a partition's state is back and its marker stands. */
type DecidingLine = {
  readonly time: string;
  readonly msg: string;
  readonly partition: number;
  readonly recoveryMs: number;
  readonly claimMs: number;
  /** Position of the snapshot it started from; absent when it folded the whole log. */
  readonly snapshotBase?: number;
};

export type Term = { readonly assignedAtMs: number; readonly decidingAtMs: number; readonly hadSnapshot: boolean };

/**
 * The first leadership term over a partition after `sinceMs`, as the decider's log (JSON lines) has it. Times are
 * epoch milliseconds.
 *
 * @throws Error when there is none
 */
export function termSince(log: string, partition: number, sinceMs: number): Term {
  for (const text of log.split('\n')) {
    if (!text.includes('"deciding"')) continue;
    const line = JSON.parse(text) as DecidingLine;
    const decidingAtMs = Date.parse(line.time);
    if (line.msg !== 'deciding' || line.partition !== partition || decidingAtMs < sinceMs) continue;
    const assignedAtMs = decidingAtMs - line.recoveryMs - line.claimMs;
    return { assignedAtMs, decidingAtMs, hadSnapshot: line.snapshotBase !== undefined };
  }
  throw new Error(`the decider's log does not say when it began to decide partition ${partition}`);
}

export const readServiceLog = (file: string): string => readFileSync(file, 'utf8');
