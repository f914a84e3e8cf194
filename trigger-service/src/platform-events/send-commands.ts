import { partitionOf, type Command } from '@flowplane/contracts';
import { commandRecord, isAppendFault, untilAppended, type CommandLog } from '@flowplane/runtime/commands';
import { Refusal } from '@flowplane/plumbing/http';

export type SendPorts = Pick<CommandLog, 'producer' | 'guard' | 'partitions' | 'source'>;

const PAUSE_MS = 100;

/**
 * Appends commands of one tenant in their order, in one batch, and again for as long as that fails: what comes after
 * them must not be in the log before they are. Waits while the log has more than the deciders or the read models can
 * follow.
 *
 * @throws Abandoned on `signal`; whether the commands are in the log is then unknown
 */
export async function sendInOrder(ports: SendPorts, commands: readonly Command[], signal: AbortSignal): Promise<void> {
  const [first] = commands;
  if (first === undefined) return;
  const partition = partitionOf(first.meta.tenantId, ports.partitions);
  const records = commands.map((command) => commandRecord(command, ports));
  const append = async (): Promise<void> => {
    ports.guard.admit(partition, first.meta.tenantId);
    await ports.producer.appendAll(records);
  };
  const mayPass = (cause: unknown): boolean => isAppendFault(cause) || cause instanceof Refusal;
  await untilAppended(append, { signal, mayPass, longestPauseMs: PAUSE_MS });
}
