import type { Engine } from '../engine/engine.js';
import { readRunHistory, type RunEnd, type RunHistory } from './run-history.js';

/** A run over all its engine runs (continue-as-new), oldest first; `last` is the one that ended it. */
export type RunChain = {
  readonly runs: readonly RunHistory[];
  /** Its end was not there at first. */
  readonly waited: boolean;
  readonly last: RunHistory & { readonly end: RunEnd };
};

const MAX_RUNS = 1000;

/**
 * Reads the history of a run that is over or about to be. A run that never continued as new costs one request.
 *
 * @returns `open` when its end did not come within `waitMs`; `unknown` when the engine does not have it
 */
export async function readRunChain(
  engine: Engine,
  executionId: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<RunChain | 'open' | 'unknown'> {
  let last = await readRun(engine, executionId, null, waitMs, signal);
  // The latest run may have continued while it was being read.
  for (let hops = 0; last?.end?.nextRunId && hops < MAX_RUNS; hops++) {
    last = await readRun(engine, executionId, last.end.nextRunId, waitMs, signal);
  }
  if (last === undefined) return 'unknown';
  const { end } = last;
  if (end === null) return 'open';
  const earlier: RunHistory[] = [];
  for (let runId = last.previousRunId; runId !== null && earlier.length < MAX_RUNS;) {
    const run = await readRun(engine, executionId, runId, 0, signal);
    if (run === undefined) break;
    earlier.unshift(run);
    runId = run.previousRunId;
  }
  return { runs: [...earlier, last], last: { ...last, end }, waited: last.waited };
}

async function readRun(
  engine: Engine,
  executionId: string,
  runId: string | null,
  waitMs: number,
  signal: AbortSignal,
): Promise<(RunHistory & { readonly waited: boolean }) | undefined> {
  const read = await engine.history(executionId, runId, waitMs, signal);
  return read === undefined ? undefined : { ...readRunHistory(read.events), waited: read.waited };
}
