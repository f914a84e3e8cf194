import { setTimeout as sleep } from 'node:timers/promises';
import { encodeCommand, partitionOf, type Command } from '@flowplane/contracts';
import { commandRecord, type CommandLog } from '@flowplane/runtime/commands';
import { Refusal } from '@flowplane/plumbing/http';
import { AppendFault } from '@flowplane/plumbing/kafka';

export type SendPorts = Pick<CommandLog, 'producer' | 'guard' | 'partitions' | 'source'>;

const PAUSE_MS = 100;

/**
 * Appends commands of one tenant in their order, in one batch, and again for as long as that fails: what comes after
 * them must not stand in the log before they do. Waits while the log has more than the deciders or the read models can
 * follow. A batch that was appended in spite of a fault stands there twice, which the decider recognises.
 *
 * @returns false when `signal` ended it; whether the commands stand in the log is then unknown
 */
export async function sendInOrder(
  ports: SendPorts,
  commands: readonly Command[],
  signal: AbortSignal,
): Promise<boolean> {
  const [first] = commands;
  if (first === undefined) return true;
  const partition = partitionOf(first.meta.tenantId, ports.partitions);
  const records = commands.map((command) => commandRecord(command, partition, encodeCommand(command), ports.source));
  while (!signal.aborted) {
    try {
      ports.guard.admit(partition);
      await ports.producer.appendAll(records);
      return true;
    } catch (cause) {
      if (!(cause instanceof AppendFault) && !(cause instanceof Refusal)) throw cause;
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
