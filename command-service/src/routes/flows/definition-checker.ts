import { refusal } from '@flowplane/plumbing/http';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeThreadPool, type QueueObserver, type Turn } from '@flowplane/plumbing/threads';
import type { DefinitionRules } from './definition-body.js';
import {
  asMessage,
  checkDefinition,
  isBoundedByLength,
  lengthOf,
  type DefinitionCheck,
  type FoundBy,
} from './definition-checks.js';

export type DefinitionCheckerOptions = {
  readonly rules: DefinitionRules;
  readonly threads: number;
  /** FLOWS_VALIDATION_TIMEOUT: longest check of one document, in ms. */
  readonly timeoutMs: number;
  readonly logger: Pick<Logger, 'warn'>;
  readonly observer?: QueueObserver;
  /** The compiled thread; elsewhere only in tests that run from sources. */
  readonly threadFile?: URL;
};

/** Who asks: its documents are checked in turn with those of other tenants, and not any more when it has left. */
export type Caller = { readonly tenantId: string; readonly signal: AbortSignal };

export type DefinitionChecker = {
  /**
   * `checkDefinition`, off the event loop unless all of its text is small and bounds what it takes: the decider's
   * heartbeats share that loop.
   *
   * @throws Refusal 413 DEFINITION_TOO_LARGE when it takes too long or too much memory; 503 OVERLOADED with
   *   Retry-After when too many documents wait
   */
  readonly check: <K extends DefinitionCheck['kind']>(
    check: DefinitionCheck & { readonly kind: K },
    caller: Caller,
  ) => Promise<FoundBy<K>>;
  readonly close: () => Promise<void>;
};

/** Longest text, in UTF-16 units, that is checked where it arrives: that takes milliseconds, as a thread would. */
export const INLINE_MAX_LENGTH = 16_384;

const MAX_HEAP_MB = 512;
/** Documents that may wait for a thread: some 30 MB at most; and their wait, less than a client's patience. */
const MAX_WAITING = 8;
const MAX_WAITING_OF_TENANT = 4;
const WAIT_MS = 10_000;
const RETRY_AFTER_S = 2;

export function makeDefinitionChecker(options: DefinitionCheckerOptions): DefinitionChecker {
  const { timeoutMs } = options;
  const rules = rulesOf(options.rules);
  const pool = makeThreadPool<DefinitionCheck, FoundBy<DefinitionCheck['kind']>>({
    name: 'definition checks',
    file: options.threadFile ?? new URL('./check-thread.js', import.meta.url),
    threads: options.threads,
    eager: false,
    timeoutMs,
    clock: 'wall',
    maxHeapMb: MAX_HEAP_MB,
    queue: { max: MAX_WAITING, maxOfTenant: MAX_WAITING_OF_TENANT, waitMs: WAIT_MS },
    ...(options.observer === undefined ? {} : { observer: options.observer }),
    data: rules,
    logger: options.logger,
  });
  const inThread = async (check: DefinitionCheck, turn: Turn): Promise<FoundBy<DefinitionCheck['kind']>> => {
    const outcome = await pool.run(asMessage(check), turn);
    switch (outcome.kind) {
      case 'result':
        return outcome.result;
      case 'too-long':
        throw refusal('DEFINITION_TOO_LARGE', { message: `Checking the definition took longer than ${timeoutMs} ms.` });
      case 'out-of-memory':
        throw refusal('DEFINITION_TOO_LARGE', { message: 'Checking the definition took too much memory.' });
      case 'busy':
        throw refusal('OVERLOADED', { retryAfterSeconds: RETRY_AFTER_S });
    }
  };
  const check = async (asked: DefinitionCheck, caller: Caller): Promise<FoundBy<DefinitionCheck['kind']>> =>
    lengthOf(asked) <= INLINE_MAX_LENGTH && isBoundedByLength(asked)
      ? checkDefinition(asked, rules)
      : inThread(asked, { tenant: caller.tenantId, signal: caller.signal });
  return { check: check as DefinitionChecker['check'], close: pool.close };
}

/** The rules and nothing else: what is given may be a whole configuration, which is not for every thread. */
const rulesOf = (from: DefinitionRules): DefinitionRules => ({
  echoTasks: from.echoTasks,
  strictInputs: from.strictInputs,
  maxNodes: from.maxNodes,
  maxTriggers: from.maxTriggers,
  cronMinIntervalMs: from.cronMinIntervalMs,
  maxDefinitionBytes: from.maxDefinitionBytes,
  maxBodyBytes: from.maxBodyBytes,
  maxJsonValues: from.maxJsonValues,
  exprMaxLength: from.exprMaxLength,
  subFlowMaxDepth: from.subFlowMaxDepth,
  subFlowMaxRuns: from.subFlowMaxRuns,
});
