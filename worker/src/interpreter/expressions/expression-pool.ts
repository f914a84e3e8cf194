import type { RunLimits } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeThreadPool, type QueueObserver } from '@flowplane/plumbing/threads';
import type { EvaluationRequest } from '../workflow/local-activities.js';
import type { EvaluationOutcome } from './evaluate-request.js';

export type ExpressionPoolOptions = {
  readonly threads: number;
  /** FLOWS_EXPR_TIMEOUT: longest evaluation, in ms of CPU time. */
  readonly timeoutMs: number;
  /** Heap of one thread, in MiB: an expression that needs more fails. */
  readonly maxHeapMb?: number;
  readonly limits: RunLimits;
  readonly logger: Pick<Logger, 'warn'>;
  readonly observer?: QueueObserver;
  /** The compiled thread; elsewhere only in tests that run from sources. */
  readonly threadFile?: URL;
};

/** Evaluates off the caller's thread, in threads that can be ended. */
export type ExpressionPool = {
  /** @throws Error when a thread cannot be had or breaks for reasons of its own: to be tried again */
  readonly evaluate: (request: EvaluationRequest, signal?: AbortSignal) => Promise<EvaluationOutcome>;
  readonly close: () => Promise<void>;
};

const DEFAULT_HEAP_MB = 256;
/** Evaluations that wait for a thread, of all tenants and of one; the engine has the others tried again. */
const MAX_WAITING = 10_000;
const MAX_WAITING_OF_TENANT = 2000;
/** As long as an attempt may take (local-activities.ts): nobody waits for it longer. */
const WAIT_MS = 30_000;

/** Ids of runs begin with their tenant's. */
const tenantOf = ({ execution }: EvaluationRequest): string => execution.id.split(':', 1)[0] ?? '';

const refused = (reason: string): EvaluationOutcome => ({ ok: false, code: 'InvalidExpression', reason });

export function makeExpressionPool(options: ExpressionPoolOptions): ExpressionPool {
  const { threads, timeoutMs, maxHeapMb = DEFAULT_HEAP_MB, limits, logger } = options;
  const pool = makeThreadPool<EvaluationRequest, EvaluationOutcome>({
    ...{ name: 'expressions', threads, timeoutMs, maxHeapMb, logger },
    file: options.threadFile ?? new URL('./expression-thread.js', import.meta.url),
    eager: true,
    clock: 'cpu',
    data: limits,
    queue: { max: MAX_WAITING, maxOfTenant: MAX_WAITING_OF_TENANT, waitMs: WAIT_MS },
    ...(options.observer === undefined ? {} : { observer: options.observer }),
  });
  return {
    evaluate: async (request, signal) => {
      const outcome = await pool.run(request, { tenant: tenantOf(request), signal });
      switch (outcome.kind) {
        case 'result':
          return outcome.result;
        case 'too-long':
          return refused(`the evaluation takes longer than ${timeoutMs} ms`);
        case 'out-of-memory':
          return refused('the evaluation needs too much memory');
        case 'busy':
          throw new Error('no expression thread was free');
      }
    },
    close: pool.close,
  };
}
