import type { BacklogWatch, BatchProducer } from '@flowplane/plumbing/kafka';

/** How many commands of each partition are appended and not decided yet, whichever process appended them. */
export type CommandBacklog = {
  /** Commands of a partition without an outcome, those on their way to the log included. */
  readonly undecided: (partition: number) => number;
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
  const appendedEnds = new Map<number, number>();
  const decidedEnds = new Map<number, number>();
  const raise = (ends: Map<number, number>, partition: number, end: number): void => {
    if (end > (ends.get(partition) ?? 0)) ends.set(partition, end);
  };
  return {
    undecided: (partition) => {
      const end = Math.max(watch.end(partition), appendedEnds.get(partition) ?? 0);
      const decided = Math.max(decidedEnds.get(partition) ?? 0, projected(partition), watch.committed(partition));
      return Math.max(0, end - decided) + producer.pending();
    },
    producer: {
      ...producer,
      append: async (record) => {
        const appended = await producer.append(record);
        raise(appendedEnds, record.partition, appended.offset + 1);
        return appended;
      },
    },
    decided: (partition, commandOffset) => raise(decidedEnds, partition, commandOffset + 1),
  };
}
