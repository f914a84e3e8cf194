import { refusal } from '@flowplane/plumbing/http';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeThreadPool, type QueueObserver, type Turn } from '@flowplane/plumbing/threads';
import type { RunLimits } from '@flowplane/contracts/flow';
import type { TriggerQuestion, TriggerVerdict } from './evaluate-trigger.js';

export type TriggerExpressions = {
  /**
   * What a trigger's expressions say of an event, evaluated in a thread that can be ended.
   *
   * @throws Refusal 503 OVERLOADED when too many events wait
   */
  readonly ask: (question: TriggerQuestion, turn: Turn) => Promise<TriggerVerdict>;
  readonly close: () => Promise<void>;
};

const MAX_HEAP_MB = 256;
/** Events that wait for a thread, of all tenants and of one: that many records of one partition are asked about at once. */
const MAX_WAITING = 400;
const MAX_WAITING_OF_TENANT = 200;
const WAIT_MS = 10_000;
const RETRY_AFTER_S = 2;

export function makeTriggerExpressions(options: {
  readonly threads: number;
  /** FLOWS_EXPR_TIMEOUT: CPU time of both expressions of a trigger together, in ms. */
  readonly timeoutMs: number;
  readonly limits: RunLimits;
  readonly logger: Pick<Logger, 'warn'>;
  readonly observer?: QueueObserver;
  /** The compiled thread; elsewhere only in tests that run from sources. */
  readonly threadFile?: URL;
}): TriggerExpressions {
  const { timeoutMs } = options;
  const pool = makeThreadPool<TriggerQuestion, TriggerVerdict>({
    name: 'trigger expressions',
    file: options.threadFile ?? new URL('./expression-thread.js', import.meta.url),
    threads: options.threads,
    eager: false,
    timeoutMs,
    clock: 'cpu',
    maxHeapMb: MAX_HEAP_MB,
    queue: { max: MAX_WAITING, maxOfTenant: MAX_WAITING_OF_TENANT, waitMs: WAIT_MS },
    ...(options.observer === undefined ? {} : { observer: options.observer }),
    data: options.limits,
    logger: options.logger,
  });
  return {
    ask: async (question, turn) => {
      const outcome = await pool.run(question, turn);
      switch (outcome.kind) {
        case 'result':
          return outcome.result;
        case 'too-long':
          return { kind: 'failed', reason: `the evaluation takes longer than ${timeoutMs} ms` };
        case 'out-of-memory':
          return { kind: 'failed', reason: 'the evaluation needs too much memory' };
        case 'busy':
          throw refusal('OVERLOADED', { retryAfterSeconds: RETRY_AFTER_S });
      }
    },
    close: pool.close,
  };
}
