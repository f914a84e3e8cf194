import { partitionOf, type Command } from '@flowplane/contracts';
import type { Call, WaitPreference } from '@flowplane/runtime/api';
import {
  startDeadline,
  submitCommand,
  type CommandLog,
  type Deadline,
  type NextAttempt,
  type SubmitLog,
} from '@flowplane/runtime/commands';
import type { CommandRates } from '@flowplane/runtime/quotas';

export type DecidePorts = SubmitLog &
  Pick<CommandLog, 'guard'> & {
    /** What each tenant may append. */
    readonly rates: Pick<CommandRates, 'admit' | 'charge'>;
  };

/** Longest wait of an asynchronous request under an Idempotency-Key for what it is about. */
const KNOWN_MS = 250;

type Submitted = Awaited<ReturnType<typeof submitCommand>> & {
  /** The command of the first attempt. */
  readonly first: Command;
  /** Of the whole request. */
  readonly deadline: Deadline;
};

/**
 * Appends the command of a request, if its tenant may, and waits for the decision as the caller prefers.
 *
 * @param asked.knowsMore an asynchronous request waits a little, where `first` has a key: only the decision tells what it is about
 * @param answer is called in the time of the request; `deadline` stops with its end
 */
export async function decideWithin<T>(
  ports: DecidePorts,
  asked: {
    readonly call: Call;
    readonly preference: WaitPreference;
    readonly command: () => Promise<Command>;
    readonly next: NextAttempt | undefined;
    readonly knowsMore: boolean;
  },
  answer: (submitted: Submitted) => Promise<T>,
): Promise<T> {
  const { call, preference, next } = asked;
  ports.rates.admit(call.tenantId);
  ports.guard.admit(partitionOf(call.tenantId, ports.partitions), call.tenantId);
  const first = await asked.command();
  const isAsync = preference.respondAsync;
  const waits = !isAsync || (asked.knowsMore && first.meta.idempotency !== null);
  const deadline = startDeadline(isAsync ? KNOWN_MS : preference.waitMs);
  try {
    const submitted = await submitCommand(ports, first, {
      next,
      expired: waits ? deadline.expired : undefined,
      attempts: isAsync ? 1 : undefined,
      heldBytes: call.body.length,
    });
    return await answer({ ...submitted, first, deadline });
  } finally {
    deadline.stop();
  }
}
