import { minPosition, waitPreference, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { CommandLog } from '@flowplane/runtime/commands';

type Ports = Pick<CommandLog, 'reached' | 'partitions'> & { readonly commandWaitMs: number };

/**
 * Lets the read models reach the caller's `x-flows-min-position` before they are read.
 *
 * @throws Refusal 400 INVALID_POSITION, 504 POSITION_NOT_REACHED
 */
export async function minPositionReached(context: Ports, call: Call): Promise<void> {
  const position = minPosition(call);
  if (position === undefined) return;
  if (position.partition >= context.partitions) throw refusal('INVALID_POSITION');
  const { waitMs } = waitPreference(call, context.commandWaitMs);
  if (!(await context.reached(position, waitMs, call.signal))) throw refusal('POSITION_NOT_REACHED');
}
