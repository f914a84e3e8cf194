import { EVENT_TYPES, START_OF_LOG, type Event, type ReadPosition } from '@flowplane/contracts';
import { endOffsets, topicId, type KafkaClient } from '@flowplane/plumbing/kafka';
import { makeEventReader } from '../consume/index.js';
import { makeOwnersInLog, TELLS_OWNER, type OwnersInLog } from './owners-in-log.js';

const POLL_WAIT_MS = 500;
const SAYS_NOTHING: ReadonlySet<Event['type']> = new Set(EVENT_TYPES.filter((type) => !TELLS_OWNER.has(type)));

/** What the log says about owners from some positions on, up to its end as of the call. */
export type OwnersLog = {
  readonly topicId: () => Promise<string>;
  readonly read: (
    from: ReadonlyMap<number, ReadPosition>,
    signal: AbortSignal,
  ) => Promise<{ readonly found: OwnersInLog; readonly partitions: ReadonlyMap<number, ReadPosition> }>;
};

export function makeOwnersLog(kafka: KafkaClient, topic: string, partitions: number): OwnersLog {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return {
    topicId: () => topicId(kafka, topic),
    read: async (given, signal) => {
      const ends = await endOffsets(kafka, topic, all);
      const reached = new Map<number, ReadPosition>();
      for (const partition of all) {
        const from = given.get(partition) ?? START_OF_LOG;
        // A log that is shorter than what was read of it is another one.
        reached.set(partition, from.offset <= (ends.get(partition) ?? 0) ? from : START_OF_LOG);
      }
      const found = makeOwnersInLog();
      const isOpen = ([partition, { offset }]: [number, ReadPosition]) => offset < (ends.get(partition) ?? 0);
      const reader = makeEventReader(kafka, { topic, onNewer: 'pass', without: SAYS_NOTHING });
      try {
        reader.assign(new Map([...reached].filter(isOpen)));
        while ([...reached].some(isOpen)) {
          signal.throwIfAborted();
          for (const { partition, records, position } of await reader.poll(POLL_WAIT_MS)) {
            for (const record of records) if (record.kind === 'event') found.take(record.event, record.timestamp);
            reached.set(partition, position);
          }
        }
        return { found, partitions: reached };
      } finally {
        await reader.close();
      }
    },
  };
}
