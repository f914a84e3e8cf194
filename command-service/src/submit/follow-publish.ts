import type { Command } from '@flowplane/contracts';
import { appendCommand, type AppendPorts } from '@flowplane/runtime/commands';
import type { Decided, OutcomeTail, Wait } from '@flowplane/runtime/commands';

/** After so many attempts against a moving draft the answer is 412. */
export const MAX_ATTEMPTS = 5;

type Build = (attempt: number, staleAt: Decided['position']) => Promise<Command>;
type FollowPorts = AppendPorts & { readonly tail: OutcomeTail };

/** Commands that carry what the shell loaded. */
const MAY_BE_STALE: ReadonlySet<Command['type']> = new Set(['PublishFlow', 'RetryExecution', 'SignalExecution']);

/** Answered commands whose further attempts are looked after at once; each holds on to its request. */
const MAX_FOLLOWED = 1000;
let followed = 0;

/**
 * Looks after a command that was answered before its outcome was known: a stale attempt is no outcome, and nobody else
 * would send the next one.
 *
 * @returns whether `waiting` is taken over
 */
export function followPublish(
  ports: FollowPorts,
  submission: { readonly build: Build },
  command: Command,
  waiting: Wait<Decided>,
): boolean {
  if (!MAY_BE_STALE.has(command.type) || followed >= MAX_FOLLOWED) return false;
  followed++;
  sendFurther(ports, submission, command, waiting)
    // The draft or the log is out of reach: the command goes on to be shown as pending, and may be sent again.
    .catch(() => undefined)
    .finally(() => followed--);
  return true;
}

async function sendFurther(
  ports: FollowPorts,
  submission: { readonly build: Build },
  command: Command,
  waiting: Wait<Decided>,
): Promise<void> {
  let sent = command;
  for (let wait = waiting; ; wait = ports.tail.decided(sent.meta.commandId, sent.meta.attempt)) {
    try {
      // A later attempt is waited for only where it stands in the log.
      if (sent !== command && (await appendCommand(ports, sent)) === undefined) return;
      const decided = await wait.promise;
      const first = decided?.events[0];
      if (decided === undefined || first?.type !== 'CommandStale' || sent.meta.attempt >= MAX_ATTEMPTS) return;
      sent = await submission.build(sent.meta.attempt + 1, decided.position);
    } finally {
      wait.drop();
    }
  }
}
