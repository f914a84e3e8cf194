import { randomUUID } from 'node:crypto';
import {
  encodeEpochStarted,
  encodeEvent,
  encodeFrame,
  frameKey,
  encodePosition,
  eventId,
  HEADER,
  packLogHeader,
  partitionOf,
  type Event,
  type Frame,
} from '@flowplane/contracts';
import { makeBatchProducer, type KafkaClient } from '@flowplane/plumbing/kafka';

type DataOf<T extends Event['type']> = Extract<Event, { type: T }>['data'];

/** Writes the log as decider and worker would, so that the real projection and the real tail have something to read. */
export type TrialWriter = {
  /** @returns position token of the log after the event */
  readonly event: <T extends Event['type']>(tenantId: string, type: T, data: DataOf<T>) => Promise<string>;
  readonly frame: (frame: Frame) => Promise<number>;
  readonly close: () => Promise<void>;
};

export const WORKSPACE = 'W';

export async function openTrialWriter(
  kafka: KafkaClient,
  topics: { readonly events: string; readonly runs: string },
  partitions: number,
): Promise<TrialWriter> {
  const events = makeBatchProducer(kafka, { topic: topics.events });
  const runs = makeBatchProducer(kafka, { topic: topics.runs });
  const owner = randomUUID();
  const headersOf = (id: string, type: string): Readonly<Record<string, string>> => ({
    [HEADER.specVersion]: '1.0',
    [HEADER.id]: id,
    [HEADER.type]: type,
    [HEADER.source]: '/flowplane/trial',
  });
  const logged = (id: string, type: string, commandOffset: number): Readonly<Record<string, string>> => ({
    ...headersOf(id, type),
    [HEADER.log]: packLogHeader({ epoch: 1, owner, commandOffset, index: 0 }),
  });
  for (let partition = 0; partition < partitions; partition++) {
    const marker = { partition, epoch: 1, owner, commandsTopicId: 'trial', startedAt: Date.now() };
    const value = encodeEpochStarted(marker);
    await events.append({ partition, key: 'epoch', value, headers: logged(randomUUID(), 'EpochStarted', -1) });
  }
  let commandOffset = 0;

  return {
    event: async (tenantId, type, data) => {
      const commandId = randomUUID();
      const at = Date.now();
      const meta = {
        ...{ tenantId, workspaceId: WORKSPACE, commandId, occurredAt: at, submittedAt: at, idempotency: null },
        ...{ eventId: eventId(commandId, 1, 0), commandType: 'StartExecution', attempt: 1, index: 0, count: 1 },
        ...{ actorId: 'alice', correlationId: commandId, traceparent: null, commandOffset: commandOffset++ },
      };
      const value = encodeEvent({ type, meta, data } as unknown as Event);
      const headers = logged(meta.eventId, type, meta.commandOffset);
      const partition = partitionOf(tenantId, partitions);
      const { offset } = await events.append({ partition, key: tenantId, value, headers });
      return encodePosition({ partition, offset: offset + 1 });
    },
    frame: async (frame) => {
      const key = frameKey(frame);
      const partition = partitionOf(key, partitions);
      const headers = headersOf(randomUUID(), frame.type);
      return (await runs.append({ partition, key, value: encodeFrame(frame), headers })).offset;
    },
    close: async () => {
      await Promise.all([events.close(), runs.close()]);
    },
  };
}
