import type { Command } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';

/** Where a command was found stale: its partition, and the offset of the event that says so. */
export type StalePlace = { readonly partition: number; readonly eventOffset: number };

export type AbandonedRoundPorts = {
  /** Places where commands were found stale, the oldest first, without those in `but`. */
  readonly stale: (but: readonly StalePlace[]) => Promise<readonly StalePlace[]>;
  /** Offset of the command that an event found stale. @throws RecordGone */
  readonly commandOffset: (partition: number, eventOffset: number) => Promise<number>;
  /** @throws RecordGone */
  readonly command: (partition: number, offset: number) => Promise<Command>;
  /** Sends the last attempt. @returns false: it is unknown whether it is in the log */
  readonly append: (command: Command) => Promise<boolean>;
  readonly logger: Pick<Logger, 'warn'>;
};

/** A record that is needed is not in the log any more: looking again is of no use. */
export class RecordGone extends Error {
  override readonly name = 'RecordGone';
}

/** Commands that cannot be ended are left out of later rounds, so many at most. */
const MAX_REMEMBERED = 10_000;

/**
 * One look at the stale commands: each is sent once more, and one that cannot be does not keep the others waiting.
 *
 * @returns a round; it returns how many were sent, and throws only what `stale` throws
 */
export function makeAbandonedRound(ports: AbandonedRoundPorts): (signal: AbortSignal) => Promise<number> {
  const gone: StalePlace[] = [];

  const send = async ({ partition, eventOffset }: StalePlace): Promise<boolean> => {
    const offset = await ports.commandOffset(partition, eventOffset);
    return ports.append(await ports.command(partition, offset));
  };
  return async (signal) => {
    let sent = 0;
    for (const place of await ports.stale(gone)) {
      if (signal.aborted) break;
      try {
        if (await send(place)) sent++;
      } catch (err) {
        if (err instanceof RecordGone) gone.push(place);
        if (gone.length > MAX_REMEMBERED) gone.shift();
        ports.logger.warn({ ...place, err }, 'a stale command could not be brought to an end');
      }
    }
    return sent;
  };
}
