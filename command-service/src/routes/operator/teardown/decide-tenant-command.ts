import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Event, LogPosition } from '@flowplane/contracts';
import { appendCommand, type CommandLog } from '@flowplane/runtime/commands';

const AGAIN_AFTER_MS = 30_000;
const PROJECTED_SLICE_MS = 5000;

/**
 * Appends a command about a tenant until it is decided and the read models have it; one that is decided twice changes
 * nothing the second time.
 *
 * @throws Refusal 503 LOG_UNAVAILABLE; AbortError on `signal`
 */
export async function decideTenantCommand(
  log: Pick<CommandLog, 'tail' | 'producer' | 'partitions' | 'source' | 'projected'>,
  command: Command,
  signal: AbortSignal,
): Promise<{ readonly event: Event; readonly position: LogPosition }> {
  for (;;) {
    signal.throwIfAborted();
    const waiting = log.tail.decided(command.meta.commandId, command.meta.attempt);
    const waited = new AbortController();
    try {
      await appendCommand(log, command);
      const late = sleep(AGAIN_AFTER_MS, undefined, { signal: AbortSignal.any([signal, waited.signal]) });
      const decided = await Promise.race([waiting.promise, late]);
      const event = decided?.events[0];
      if (decided === undefined || event === undefined) continue;
      const { position } = decided;
      while (!(await log.projected(position, PROJECTED_SLICE_MS, signal))) signal.throwIfAborted();
      return { event, position };
    } finally {
      waited.abort();
      waiting.drop();
    }
  }
}
