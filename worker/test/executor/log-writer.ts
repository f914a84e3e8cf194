import { randomUUID } from 'node:crypto';
import {
  encodeEpochStarted,
  encodeEvent,
  eventId,
  HEADER,
  packLogHeader,
  partitionOf,
  type Event,
  type EventMeta,
} from '@flowplane/contracts';
import { makeBatchProducer, type KafkaClient, type OutgoingRecord } from '@flowplane/plumbing/kafka';

export type TrialScope = { readonly tenantId: string; readonly workspaceId: string };

type DataOf<T extends Event['type']> = Extract<Event, { type: T }>['data'];

/** Writes events as the rightful owner of every partition: what the executor reads, without asking who decided it. */
export type LogWriter = {
  readonly append: <T extends Event['type']>(
    scope: TrialScope,
    type: T,
    data: DataOf<T>,
    occurredAt?: number,
    commandId?: string,
  ) => Promise<{ readonly partition: number; readonly offset: number }>;
  readonly close: () => Promise<void>;
};

export async function openLogWriter(kafka: KafkaClient, topic: string, partitions: number): Promise<LogWriter> {
  const producer = makeBatchProducer(kafka, { topic });
  const owner = randomUUID();
  const headers = (id: string, type: string, commandOffset: number): OutgoingRecord['headers'] => ({
    [HEADER.specVersion]: '1.0',
    [HEADER.id]: id,
    [HEADER.type]: type,
    [HEADER.source]: '/flowplane/trial',
    [HEADER.log]: packLogHeader({ epoch: 1, owner, commandOffset, index: 0 }),
  });
  const marker = (partition: number): OutgoingRecord => ({
    partition,
    key: 'epoch',
    value: encodeEpochStarted({ partition, epoch: 1, owner, commandsTopicId: 'trial', startedAt: Date.now() }),
    headers: headers(randomUUID(), 'EpochStarted', -1),
  });
  await Promise.all(Array.from({ length: partitions }, (_, partition) => producer.append(marker(partition))));
  let commandOffset = 0;

  return {
    append: async (scope, type, data, occurredAt = Date.now(), commandId = randomUUID()) => {
      const partition = partitionOf(scope.tenantId, partitions);
      const meta: EventMeta = {
        ...scope,
        ...{ commandId, occurredAt, submittedAt: occurredAt, commandOffset: commandOffset++ },
        ...{ eventId: eventId(commandId, 1, 0), commandType: 'StartExecution', attempt: 1, index: 0, count: 1 },
        ...{ actorId: 'alice', correlationId: `corr-${commandId}`, traceparent: null, idempotency: null },
      };
      const value = encodeEvent({ type, meta, data } as unknown as Event);
      const record = {
        partition,
        key: scope.tenantId,
        value,
        headers: headers(meta.eventId, type, meta.commandOffset),
      };
      return { partition, offset: (await producer.append(record)).offset };
    },
    close: () => producer.close(),
  };
}
