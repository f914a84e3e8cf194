import { decodeMessage, UnknownSchema, type Frame } from '@flowplane/contracts';
import {
  endOffsets,
  makeDirectReader,
  startOffsets,
  topicId,
  type KafkaClient,
  type LogRecord,
} from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { pause } from '@flowplane/plumbing/periodic';
import type { StopAtNewer } from '@flowplane/runtime/consume';
import type { Item, Slice, Source } from '../runner/source.js';

/** Nobody rules over the runs topic: everyone's frames count, ordered by state. So there is neither epoch nor owner. */
const positionAt = (offset: number) => ({ offset, epoch: 0, owner: '' });

/** The runs topic, frame by frame. What its retention has removed already is left out: its frames are past theirs. */
export function openFrameSource(
  kafka: KafkaClient,
  topic: string,
  logger: Logger,
  onNewer: StopAtNewer,
): Source<Frame> {
  const reader = makeDirectReader(kafka, { topic });
  const offsets = new Map<number, number>();
  /** A frame of a newer release: the partition stands still there. */
  const haltAt = ({ partition, offset }: LogRecord, cause: UnknownSchema): void => {
    if (onNewer === 'throw') throw cause;
    onNewer.halt(partition, offset, cause);
    offsets.delete(partition);
  };
  const isHalted = (partition: number): boolean => typeof onNewer === 'object' && onNewer.has(partition);
  const slicesOf = (records: readonly LogRecord[]): readonly Slice<Frame>[] => {
    const slices = new Map<number, Item<Frame>[]>();
    const following = offsets.size;
    for (const record of records) {
      const { partition, offset } = record;
      if (isHalted(partition)) continue;
      const item = itemOf(record);
      if (item instanceof UnknownSchema) {
        haltAt(record, item);
        continue;
      }
      offsets.set(partition, offset + 1);
      const known = slices.get(partition);
      if (known === undefined) slices.set(partition, [item]);
      else known.push(item);
    }
    if (offsets.size < following) reader.assign(offsets);
    return [...slices].map(([partition, items]) => {
      const end = (items.at(-1) as Item<Frame>).offset + 1;
      return { partition, items, position: positionAt(end), endOffset: end };
    });
  };
  return {
    topic,
    topicId: () => topicId(kafka, topic),
    goOnFrom: async ({ positions, ofAnotherTopic }) => {
      const ends = await endOffsets(kafka, topic, [...positions.keys()]);
      return new Map(
        [...positions].map(([partition, position]) => {
          const { offset } = position;
          const end = ends.get(partition) ?? 0;
          const to = ofAnotherTopic.has(partition) ? 0 : Math.min(offset, end);
          if (to === offset) return [partition, position];
          logger.error(
            { alert: 'runs-topic-replaced', topic, partition, from: offset, to },
            'frames are gone; going on',
          );
          return [partition, positionAt(to)];
        }),
      );
    },
    assign: async (positions) => {
      if (typeof onNewer === 'object') onNewer.clear();
      const starts = await startOffsets(kafka, topic, [...positions.keys()]);
      offsets.clear();
      for (const [partition, { offset }] of positions) {
        const start = starts.get(partition) ?? 0;
        if (offset < start)
          logger.warn({ topic, partition, from: offset, to: start }, 'frames past retention left out');
        offsets.set(partition, Math.max(offset, start));
      }
      reader.assign(offsets);
      return starts;
    },
    poll: async (maxWaitMs, signal) => {
      if (offsets.size === 0) await pause(maxWaitMs, signal);
      return slicesOf(await reader.poll(maxWaitMs, signal));
    },
    close: reader.close,
  };
}

function itemOf(record: LogRecord): Item<Frame> | UnknownSchema {
  const { partition, offset, timestamp } = record;
  const poison = (cause: Error): Item<Frame> => ({ kind: 'poison', offset, timestamp, record, cause });
  if (record.value === null) return poison(new Error('a record without value'));
  try {
    const message = decodeMessage(record.value);
    if (message.kind !== 'frame') return poison(new Error(`a ${message.kind} has no place in the runs topic`));
    return { kind: 'message', partition, offset, timestamp, message: message.frame };
  } catch (cause) {
    if (cause instanceof UnknownSchema) return cause;
    return poison(cause instanceof Error ? cause : new Error(String(cause)));
  }
}
