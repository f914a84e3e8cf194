import { makeTenantBacklog, type TenantBacklog } from './tenant-backlog.js';
import type { BacklogWatch, BatchProducer } from '@flowplane/plumbing/kafka';

/** How many commands of each partition are appended and not decided yet, whichever process appended them. */
export type CommandBacklog = {
  /** Commands of a partition without an outcome, those on their way to the log included. */
  readonly undecided: (partition: number) => number;
  /** Those of one tenant that this process has appended, or is about to. */
  readonly undecidedOf: (partition: number, tenantId: string) => number;
  /** The producer, with its appends counted at once rather than when the brokers are asked next. */
  readonly producer: BatchProducer;
  /** The command at this offset has an outcome, and so have all before it. */
  readonly decided: (partition: number, commandOffset: number) => void;
};

/**
 * @param watch of the commands topic and the deciders' group. Its committed offsets are needed for records that are no
 *   commands: they leave no event
 * @param projected end of what the read models know to be decided, per partition
 */
export function makeCommandBacklog(
  producer: BatchProducer,
  watch: Pick<BacklogWatch, 'end' | 'committed'>,
  projected: (partition: number) => number,
): CommandBacklog {
  const tenants = new Map<number, TenantBacklog>();
  const tenantsOf = (partition: number): TenantBacklog => {
    const known = tenants.get(partition) ?? makeTenantBacklog();
    tenants.set(partition, known);
    return known;
  };
  const decidedEnd = (partition: number): number =>
    Math.max(decidedEnds.get(partition) ?? 0, projected(partition), watch.committed(partition));
  const appendedEnds = new Map<number, number>();
  const decidedEnds = new Map<number, number>();
  const raise = (ends: Map<number, number>, partition: number, end: number): void => {
    if (end > (ends.get(partition) ?? 0)) ends.set(partition, end);
  };
  return {
    undecided: (partition) => {
      const end = Math.max(watch.end(partition), appendedEnds.get(partition) ?? 0);
      return Math.max(0, end - decidedEnd(partition)) + producer.pending();
    },
    undecidedOf: (partition, tenantId) => {
      const backlog = tenantsOf(partition);
      backlog.decidedBelow(decidedEnd(partition));
      return backlog.waiting(tenantId);
    },
    producer: {
      ...producer,
      append: async (record) => {
        const appending = tenantsOf(record.partition).begin(record.key ?? '');
        try {
          const appended = await producer.append(record);
          raise(appendedEnds, record.partition, appended.offset + 1);
          appending.done(appended.offset);
          return appended;
        } catch (cause) {
          appending.done(undefined);
          throw cause;
        }
      },
    },
    decided: (partition, commandOffset) => raise(decidedEnds, partition, commandOffset + 1),
  };
}
