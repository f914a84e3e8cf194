import type { KeyedQueue } from '../intake/keyed-queue.js';
import type { Limiter } from '@flowplane/plumbing/limiter';
import type { CloseRunPorts } from '../closing/close-ports.js';
import { closeRun } from '../closing/close-run.js';
import type { RunScope } from '../report/records.js';

export type EndRunPorts = CloseRunPorts & { readonly queue: KeyedQueue; readonly limiter: Limiter };

const REASON = 'the tenant is being torn down';
/** Longest wait for the end of a run that was terminated. */
const END_WAIT_MS = 5000;

/**
 * Terminates a run, in its own order, and reports it closed as any other. One that the engine does not have is reported
 * terminated, too: nothing will start it any more.
 */
export const makeEndRun =
  (ports: EndRunPorts) =>
  (run: RunScope, signal: AbortSignal): Promise<void> =>
    ports.queue.run(run.executionId, () =>
      ports.limiter.run(async () => {
        await ports.engine.terminate(run.executionId, REASON, signal);
        const outcome = await closeRun(ports, run.executionId, END_WAIT_MS, signal);
        if (outcome !== 'unknown') return;
        const closed = { status: 'Terminated', startedAt: null, closedAt: ports.now() } as const;
        const nothing = { result: null, failure: null, nodes: null };
        await ports.reports.closed(
          run,
          { ...closed, ...nothing },
          { correlationId: 'teardown', traceparent: null },
          signal,
        );
      }),
    );
