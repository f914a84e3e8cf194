import { asKafkaFault, brokerFault, KafkaFault } from './faults.js';
import { TRANSACTION_COORDINATOR, wasSent, type Link } from './link.js';
import { encodeRecordBatch, type RecordToWrite } from './record-batch-encode.js';
import { produceRequest } from './requests.js';

/** A producer id with its sequence numbers. Never used again after a send whose fate is unknown (event-log 6). */
export type ProducerSession = {
  /**
   * Appends one batch per partition, as one request per leader. Repeating the same call after a retryable fault
   * repeats the same sequence numbers, so the broker drops what it has already.
   *
   * @returns base offset per partition, or the fault of each that failed; never throws for a single partition
   */
  readonly produce: (batches: ReadonlyMap<number, SequencedBatch>) => Promise<ReadonlyMap<number, ProduceResult>>;
  /** Reserves sequence numbers for a batch of a partition, in send order. */
  readonly sequence: (partition: number, records: readonly RecordToWrite[]) => SequencedBatch;
};

export type SequencedBatch = { readonly bytes: Buffer; readonly count: number };
export type ProduceResult =
  | { readonly ok: true; readonly baseOffset: number }
  /** `sent`: the request may have reached the broker. */
  | { readonly ok: false; readonly fault: KafkaFault; readonly sent: boolean };

const MAX_SEQUENCE = 2 ** 31;
const PRODUCE_TIMEOUT_MS = 10_000;
/** The broker wants a value; there never is a transaction that could expire. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** A fresh producer id from any broker. @throws KafkaFault */
export async function openSession(link: Link, topic: string): Promise<ProducerSession> {
  const identity = await link.call('InitProducerId', async (cluster) => {
    const leader = anyLeader(cluster.findTopicPartitionMetadata(topic), topic);
    const broker = await cluster.findBroker({ nodeId: String(leader) });
    return broker.initProducerId({ transactionalId: null, transactionTimeout: TRANSACTION_TIMEOUT_MS });
  });
  return makeSession(link, topic, BigInt(identity.producerId), identity.producerEpoch);
}

/**
 * The producer id of a transactional id, its epoch raised: the former holder is refused from our first write on
 * (the partition learns of the epoch by it). Only the epoch is wanted; the batches sent with it are no transaction's
 * (event-log 4).
 *
 * @throws KafkaFault
 */
export async function openFencedSession(link: Link, topic: string, transactionalId: string): Promise<ProducerSession> {
  const identity = await link.coordinator(transactionalId, TRANSACTION_COORDINATOR, (broker) =>
    broker.initProducerId({ transactionalId, transactionTimeout: TRANSACTION_TIMEOUT_MS }),
  );
  return makeSession(link, topic, BigInt(identity.producerId), identity.producerEpoch);
}

function anyLeader(partitions: readonly { readonly leader: number }[], topic: string): number {
  const known = partitions.find(({ leader }) => leader >= 0);
  if (known === undefined) throw new KafkaFault('LEADER_NOT_AVAILABLE', true, `${topic} has no leader yet`);
  return known.leader;
}

function makeSession(link: Link, topic: string, producerId: bigint, producerEpoch: number): ProducerSession {
  const nextSequence = new Map<number, number>();
  return {
    sequence: (partition, records) => {
      const baseSequence = nextSequence.get(partition) ?? 0;
      nextSequence.set(partition, (baseSequence + records.length) % MAX_SEQUENCE);
      const identity = { producerId, producerEpoch, baseSequence };
      return { bytes: encodeRecordBatch(records, Date.now(), identity), count: records.length };
    },
    produce: (batches) => produce(link, topic, batches),
  };
}

async function produce(
  link: Link,
  topic: string,
  batches: ReadonlyMap<number, SequencedBatch>,
): Promise<ReadonlyMap<number, ProduceResult>> {
  const results = new Map<number, ProduceResult>();
  const failAll = (partitions: Iterable<number>, error: unknown, sentAtAll: boolean): void => {
    const fault = asKafkaFault(error, `produce to ${topic}`);
    for (const partition of partitions) results.set(partition, { ok: false, fault, sent: sentAtAll && wasSent(fault) });
  };
  let leaders: ReadonlyMap<number, number>;
  try {
    leaders = await link.leaders(topic);
  } catch (error) {
    failAll(batches.keys(), error, false);
    return results;
  }
  const byLeader = new Map<number, number[]>();
  for (const partition of batches.keys()) {
    const leader = leaders.get(partition) ?? -1;
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
  }
  await Promise.all(
    [...byLeader].map(async ([leader, partitions]) => {
      if (leader < 0) {
        link.reset(); // the next attempt looks the leader up again
        failAll(partitions, new KafkaFault('LEADER_NOT_AVAILABLE', true, `${topic} has no leader yet`), false);
        return;
      }
      const list = partitions.map((partition) => ({
        partition,
        batch: (batches.get(partition) as SequencedBatch).bytes,
      }));
      try {
        const produced = await link.send(leader, produceRequest(topic, list, PRODUCE_TIMEOUT_MS));
        for (const { partition, errorCode, baseOffset } of produced) {
          results.set(partition, resultOf(`produce to ${topic}[${partition}]`, errorCode, baseOffset));
        }
      } catch (error) {
        failAll(partitions, error, true);
      }
    }),
  );
  if ([...results.values()].some((result) => !result.ok)) link.reset();
  return results;
}

/** Refusals that come before anything is written to the log; the rest of the retryable ones leave it open. */
const REFUSED_BEFORE_WRITING = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'MESSAGE_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
]);

function resultOf(about: string, errorCode: number, baseOffset: number): ProduceResult {
  if (errorCode === 0) return { ok: true, baseOffset };
  const fault = brokerFault(errorCode, about);
  return { ok: false, fault, sent: !REFUSED_BEFORE_WRITING.has(fault.code) };
}
