import { decodeMessage, type Frame } from '@flowplane/contracts';
import { makeDirectReader, startOffsets, type KafkaClient, type LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Item, Slice, Source } from '../runner/source.js';

/** Nobody rules over the runs topic: everyone's frames count, ordered by state. So there is neither epoch nor owner. */
const positionAt = (offset: number) => ({ offset, epoch: 0, owner: '' });

/** The runs topic, frame by frame. What its retention has removed already is left out: its frames are past theirs. */
export function openFrameSource(kafka: KafkaClient, topic: string, logger: Logger): Source<Frame> {
  const reader = makeDirectReader(kafka, { topic });
  return {
    topic,
    assign: async (positions) => {
      const starts = await startOffsets(kafka, topic, [...positions.keys()]);
      const offsets = new Map<number, number>();
      for (const [partition, { offset }] of positions) {
        const start = starts.get(partition) ?? 0;
        if (offset < start)
          logger.warn({ topic, partition, from: offset, to: start }, 'frames past retention left out');
        offsets.set(partition, Math.max(offset, start));
      }
      reader.assign(offsets);
      return starts;
    },
    poll: async (maxWaitMs) => slicesOf(await reader.poll(maxWaitMs)),
    close: reader.close,
  };
}

function slicesOf(records: readonly LogRecord[]): readonly Slice<Frame>[] {
  const items = new Map<number, Item<Frame>[]>();
  for (const record of records) {
    const known = items.get(record.partition);
    if (known === undefined) items.set(record.partition, [itemOf(record)]);
    else known.push(itemOf(record));
  }
  return [...items].map(([partition, of]) => {
    const end = (of.at(-1) as Item<Frame>).offset + 1;
    return { partition, items: of, position: positionAt(end), endOffset: end };
  });
}

function itemOf(record: LogRecord): Item<Frame> {
  const { partition, offset, timestamp } = record;
  const poison = (cause: Error): Item<Frame> => ({ kind: 'poison', offset, timestamp, record, cause });
  if (record.value === null) return poison(new Error('a record without value'));
  try {
    const message = decodeMessage(record.value);
    if (message.kind !== 'frame') return poison(new Error(`a ${message.kind} has no place in the runs topic`));
    return { kind: 'message', partition, offset, timestamp, message: message.frame };
  } catch (cause) {
    return poison(cause instanceof Error ? cause : new Error(String(cause)));
  }
}
