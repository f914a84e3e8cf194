import type { Event } from '@flowplane/contracts';
import { makeEventReader, type EventReaderOptions, type EventRecord } from '@flowplane/runtime/consume';
import { endOffsets, startOffsets, topicId, type KafkaClient } from '@flowplane/plumbing/kafka';
import { LogReplaced, type Item, type Source } from '../runner/source.js';

/** Bound of one fetch: some thousand events, which live no longer than a batch or two. */
const MAX_FETCH_BYTES = 2 * 1024 * 1024;

/** The events log through the shared reader: accepted events only. */
export function openEventSource(
  kafka: KafkaClient,
  topic: string,
  options: Pick<EventReaderOptions, 'maxBytes' | 'without' | 'onNewer'>,
): Source<Event> {
  const reader = makeEventReader(kafka, { maxBytes: MAX_FETCH_BYTES, ...options, topic, staysAtEnd: true });
  return {
    topic,
    topicId: () => topicId(kafka, topic),
    goOnFrom: async ({ positions, ofAnotherTopic }) => {
      const partitions = [...positions.keys()];
      const [starts, ends] = await Promise.all([
        startOffsets(kafka, topic, partitions),
        endOffsets(kafka, topic, partitions),
      ]);
      for (const [partition, { offset }] of positions) {
        const start = starts.get(partition) ?? 0;
        const end = ends.get(partition) ?? 0;
        if (ofAnotherTopic.has(partition)) throw new LogReplaced(`${topic} was deleted and created again`);
        if (offset > end) throw new LogReplaced(`${topic}[${partition}] ends at ${end}, and was read up to ${offset}`);
        if (offset < start)
          throw new LogReplaced(`${topic}[${partition}] begins at ${start}, and was read up to ${offset}`);
      }
      return positions;
    },
    assign: (positions) => {
      reader.assign(positions);
      return Promise.resolve(undefined);
    },
    poll: async (maxWaitMs, signal) =>
      (await reader.poll(maxWaitMs, signal)).map(({ partition, records, position, endOffset }) => ({
        partition,
        items: records.map((record) => itemOf(partition, record)),
        position,
        endOffset,
      })),
    close: reader.close,
  };
}

const itemOf = (partition: number, record: EventRecord): Item<Event> =>
  record.kind === 'event'
    ? { kind: 'message', partition, offset: record.offset, timestamp: record.timestamp, message: record.event }
    : record;
