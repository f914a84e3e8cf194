import type { Logger } from '@flowplane/plumbing/logging';
import { Abandoned as CallAbandoned, keepTrying, makeBackoff, pause } from '@flowplane/plumbing/periodic';
import { engineFaultKind, messageOf, type EngineFaultKind } from './engine-fault.js';
import { makeLimiter } from '@flowplane/plumbing/limiter';

export { CallAbandoned };

/**
 * The way to the engine. While it is unreachable the gate is shut: calls wait, one probe with back-off looks whether
 * it is back, and then all go on at once. So an outage costs no storm and ends without a long tail.
 */
export type EngineGate = {
  /**
   * Makes `call` until it succeeds, fails for good (rethrown: `not-found`, `permanent`, `foreign` too often, `transient`
   * too long while other calls succeed) or `signal` fires.
   *
   * @throws CallAbandoned on `signal`
   */
  readonly call: <T>(call: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly reachable: () => boolean;
};

export type EngineGateOptions = {
  /** One cheap request; rejects while the engine is not there. */
  readonly probe: () => Promise<void>;
  readonly maxConcurrent: number;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** How long a call is repeated that fails while others succeed; default 1 min. */
  readonly giveUpAfterMs?: number;
};

const GIVE_UP_AFTER_MS = 60_000;
const LONGEST_CALL_PAUSE_MS = 5000;
/** A call that fails on our own side this often is a fault for good: no poison loop. */
const MAX_FOREIGN_FAULTS = 8;

export function makeEngineGate(options: EngineGateOptions): EngineGate {
  const { probe, logger, firstPauseMs = 50, longestPauseMs = 400, giveUpAfterMs = GIVE_UP_AFTER_MS } = options;
  const limiter = makeLimiter(options.maxConcurrent);
  let opening: Promise<void> | undefined;
  const backoff = makeBackoff({ firstMs: firstPauseMs, maxMs: longestPauseMs, jitter: 0.25 });
  let lastShutAt = 0;
  let lastSuccessAt = 0;

  const reopen = async (): Promise<void> => {
    // A gate that shuts again at once was opened too early (frontend up, history not): keep backing off.
    if (Date.now() - lastShutAt > 10_000) backoff.reset();
    lastShutAt = Date.now();
    await pause(backoff.nextMs(), undefined, false);
    await keepTrying(probe, {
      backoff,
      onFault: (cause) => logger.warn({ cause: messageOf(cause) }, 'the engine is still not reachable'),
    });
    logger.info({ outageMs: Date.now() - lastShutAt }, 'the engine is reachable');
    opening = undefined;
  };
  const shut = (cause: unknown): void => {
    if (opening !== undefined) return;
    logger.warn({ cause: messageOf(cause) }, 'the engine is not reachable');
    opening = reopen();
  };

  const attempt = async <T>(call: () => Promise<T>, signal: AbortSignal): Promise<Attempt<T>> => {
    while (opening !== undefined) await untilAborted(opening, signal);
    if (signal.aborted) throw new CallAbandoned();
    try {
      const value = await limiter.run(call);
      lastSuccessAt = Date.now();
      return { done: true, value };
    } catch (cause) {
      const kind = engineFaultKind(cause);
      if (kind === 'not-found' || kind === 'permanent') throw cause;
      if (kind === 'unreachable') shut(cause);
      return { done: false, kind, cause };
    }
  };

  return {
    reachable: () => opening === undefined,
    call: async (call, signal) => {
      const pauses = makeBackoff({ firstMs: 100, maxMs: LONGEST_CALL_PAUSE_MS, jitter: 0.5 });
      let failingSince: number | undefined;
      for (let tries = 0, foreign = 0; ; tries++) {
        const result = await attempt(call, signal);
        if (result.done) return result.value;
        if (result.kind === 'unreachable') failingSince = undefined;
        if (result.kind === 'unreachable') continue;
        if (result.kind === 'foreign' && ++foreign >= MAX_FOREIGN_FAULTS) throw result.cause;
        if (result.kind === 'transient') {
          failingSince ??= Date.now();
          // Where no call succeeds, the engine is at fault, not this one.
          if (Date.now() - failingSince > giveUpAfterMs && lastSuccessAt > failingSince) throw result.cause;
        }
        logger.warn({ cause: messageOf(result.cause), tries }, 'an engine call failed, it is tried again');
        await untilAborted(pause(pauses.nextMs(), signal), signal);
      }
    },
  };
}

type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly kind: EngineFaultKind; readonly cause: unknown };

async function untilAborted(wait: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new CallAbandoned();
  let abandon = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abandon = () => reject(new CallAbandoned());
    signal.addEventListener('abort', abandon, { once: true });
  });
  try {
    await Promise.race([wait, aborted]);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}
