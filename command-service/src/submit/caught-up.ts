import type { LogPosition } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { type Call } from '@flowplane/runtime/api';
import type { SubmitPorts } from './submit.js';

/**
 * Lets the read models reach the position at which what was loaded of a run was found behind the log.
 *
 * @throws Refusal 503 OVERLOADED when they do not in time: so far nothing is decided, and nothing will be
 */
export async function caughtUp(
  context: Pick<SubmitPorts, 'projected' | 'commandWaitMs'>,
  call: Call,
  staleAt: LogPosition | undefined,
): Promise<void> {
  if (staleAt === undefined) return;
  if (!(await context.projected(staleAt, context.commandWaitMs, call.signal))) {
    throw refusal('OVERLOADED', { retryAfterSeconds: 1 });
  }
}
