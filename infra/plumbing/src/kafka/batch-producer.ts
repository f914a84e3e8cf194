import { keepTrying, makeBackoff, makePace, pause, type PaceOptions } from '../periodic/index.js';
import { batchesOf, makeBatchQueue, sizeOfGroup, type QueuedGroup } from './batch-queue.js';
import type { KafkaClient } from './client.js';
import { AppendFault, asKafkaFault, isRefusedRecord, type KafkaFault } from './faults.js';
import { makeLink, type Link } from './link.js';
import { openSession, type ProduceResult, type ProducerSession, type SequencedBatch } from './producer-session.js';
import type { BatchProducer, OutgoingRecord } from './types.js';

export type BatchProducerOptions = {
  readonly topic: string;
  /** Default 1,000. */
  readonly maxBatchRecords?: number;
  /** Default 900,000; a single larger group is sent alone. */
  readonly maxBatchBytes?: number;
  /** Records waiting or in flight, default 20,000; beyond it appends are refused at once. */
  readonly maxPending?: number;
  /** The same in bytes, default 64 MiB; one group alone may be larger. */
  readonly maxPendingBytes?: number;
  /**
   * How often batches may go, so that few large ones do; default: at once. A batch that is full is not paced, nor one with a
   * record that is to go `atOnce`.
   */
  readonly pace?: PaceOptions;
  /** How long an append may take from the call to the last attempt, default 30 s. */
  readonly deliveryTimeoutMs?: number;
};

/** Bytes of records of one topic that wait in one process or are in flight. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const BACKOFF = { firstMs: 50, maxMs: 500 };

/**
 * Idempotent producer of one topic, acks=all, with one outstanding send: concurrent sends of one producer were seen
 * reordered, and a response lost while another send waits loses one batch and doubles the next.
 *
 * A retryable failure is repeated with the same sequence numbers until the delivery time-out. After a send that failed
 * for good the producer id is given up; the next batch gets a new one.
 */
export function makeBatchProducer(client: KafkaClient, options: BatchProducerOptions): BatchProducer {
  const { topic, maxPending = 20_000, deliveryTimeoutMs = 30_000, maxBatchRecords = 1000 } = options;
  const bounds = { maxBatchRecords, maxBatchBytes: options.maxBatchBytes ?? 900_000 };
  const { maxPendingBytes = MAX_PENDING_BYTES } = options;
  const queue = makeBatchQueue(bounds);
  const pace = options.pace === undefined ? undefined : makePace(options.pace);
  const link = makeLink(client, `producer-${topic}`, topic);
  let session: ProducerSession | undefined;
  let inFlight = 0;
  let inFlightBytes = 0;
  let running: Promise<void> | undefined;
  let closed = false;
  let endWait = (): void => undefined;

  const isFull = (): boolean => queue.waiting() >= maxBatchRecords || queue.waitingBytes() >= bounds.maxBatchBytes;
  const isDue = (): boolean => isFull() || queue.isUrgent();
  const paced = async (): Promise<void> => {
    const waitMs = pace?.waitMs() ?? 0;
    if (waitMs === 0 || closed || isDue()) return;
    const waiting = new AbortController();
    endWait = () => waiting.abort();
    await pause(waitMs, waiting.signal);
  };
  const run = async (): Promise<void> => {
    // Let the appends of this turn of the event loop gather into the first batch.
    await Promise.resolve();
    while (queue.waiting() > 0) {
      await paced();
      pace?.turn();
      const groups = queue.takeBatch();
      inFlight = groups.reduce((count, group) => count + group.records.length, 0);
      inFlightBytes = groups.reduce((sum, { bytes }) => sum + bytes, 0);
      await deliverApart(groups);
      inFlight = 0;
      inFlightBytes = 0;
    }
    running = undefined;
  };
  /** Where the brokers refuse records, each group is sent once more by itself: no group is refused for another one. */
  const deliverApart = async (groups: readonly QueuedGroup[]): Promise<void> => {
    const outcome = await deliver(link, topic, session, groups, () => closed);
    session = outcome.session;
    if (outcome.fault !== undefined) client.logger.warn({ topic, err: outcome.fault }, 'append failed');
    for (const group of outcome.apart ?? []) await deliverApart([group]);
  };
  const enqueue = (records: readonly OutgoingRecord[], atOnce = false): Promise<readonly number[]> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(refusal('the producer is closed', false));
      if (queue.waiting() + inFlight + records.length > maxPending) {
        return reject(refusal(`more than ${maxPending} records wait for ${topic}`, true));
      }
      const bytes = sizeOfGroup(records);
      const pendingBytes = queue.waitingBytes() + inFlightBytes;
      if (pendingBytes > 0 && pendingBytes + bytes > maxPendingBytes) {
        return reject(refusal(`more than ${maxPendingBytes} bytes wait for ${topic}`, true));
      }
      const deadline = Date.now() + deliveryTimeoutMs;
      queue.push({ records, bytes, atOnce, deadline, resolve, reject });
      running ??= run();
      if (isDue()) endWait();
      return undefined;
    });
  return {
    append: async (record, { atOnce } = {}) => ({ offset: (await enqueue([record], atOnce))[0] as number }),
    appendAll: async (records) => {
      for (const batch of batchesOf(records, bounds)) await enqueue(batch);
    },
    pending: () => queue.waiting() + inFlight,
    close: async () => {
      closed = true;
      endWait();
      await running;
      link.close();
    },
  };
}

const refusal = (message: string, retryable: boolean): AppendFault =>
  new AppendFault({ appended: 'no', retryable }, message);

type Delivery = {
  readonly session: ProducerSession | undefined;
  readonly fault?: KafkaFault;
  /** Groups that were not written, since something in the batch was refused. */
  readonly apart?: readonly QueuedGroup[];
};

/** Sends one batch until every partition of it is settled; settles the groups. Never throws. */
async function deliver(
  link: Link,
  topic: string,
  existing: ProducerSession | undefined,
  groups: readonly QueuedGroup[],
  isClosed: () => boolean,
): Promise<Delivery> {
  const deadline = Math.min(...groups.map((group) => group.deadline));
  const worthRetrying = (fault: KafkaFault): boolean => fault.retryable && Date.now() < deadline && !isClosed();
  const asFault = (error: unknown): KafkaFault => asKafkaFault(error, `producer of ${topic}`);
  let session = existing;
  try {
    const isCurable = (error: unknown): boolean => worthRetrying(asFault(error));
    session ??= await keepTrying(() => openSession(link, topic), { backoff: BACKOFF, isCurable });
  } catch (error) {
    return giveUp(groups, asFault(error));
  }
  let open: ReadonlyMap<number, SequencedBatch>;
  try {
    open = sequenceAll(session, recordsByPartition(groups));
  } catch (error) {
    // A record that cannot be encoded must not take the process down, nor leave its batch waiting.
    const fault = asKafkaFault(error, `records for ${topic}`);
    return groups.length === 1 ? giveUp(groups, fault) : { session: undefined, fault, apart: groups };
  }
  const settled = new Map<number, ProduceResult>();
  const maybeSent = new Set<number>();
  const backoff = makeBackoff(BACKOFF);
  while (open.size > 0) {
    const results = await session.produce(open);
    const again = new Map<number, SequencedBatch>();
    for (const [partition, batch] of open) {
      const result = results.get(partition) as ProduceResult;
      if (!result.ok && result.sent) maybeSent.add(partition);
      if (!result.ok && worthRetrying(result.fault)) again.set(partition, batch);
      else settled.set(partition, result);
    }
    open = again;
    if (open.size > 0) await pause(backoff.nextMs());
  }
  const apart = groups.length === 1 ? [] : groups.filter(isRefusedBy(settled));
  const fault = settle(
    groups.filter((group) => !apart.includes(group)),
    settled,
    maybeSent,
  );
  const refused = fault ?? faultsIn(settled)[0];
  return refused === undefined ? { session } : { session: undefined, fault: refused, apart };
}

/** Groups of which nothing was written, since what stood in their batch was refused. */
const isRefusedBy =
  (results: ReadonlyMap<number, ProduceResult>) =>
  ({ records }: QueuedGroup): boolean =>
    records.every(({ partition }) => {
      const result = results.get(partition);
      return result?.ok === false && isRefusedRecord(result.fault);
    });

const faultsIn = (results: ReadonlyMap<number, ProduceResult>): readonly KafkaFault[] =>
  [...results.values()].flatMap((result) => (result.ok ? [] : [result.fault]));

function giveUp(groups: readonly QueuedGroup[], fault: KafkaFault): Delivery {
  for (const group of groups) {
    group.reject(new AppendFault({ appended: 'no', retryable: fault.retryable }, fault.message, { cause: fault }));
  }
  return { session: undefined, fault };
}

function recordsByPartition(groups: readonly QueuedGroup[]): ReadonlyMap<number, OutgoingRecord[]> {
  const byPartition = new Map<number, OutgoingRecord[]>();
  for (const group of groups) {
    for (const record of group.records) {
      const list = byPartition.get(record.partition);
      if (list === undefined) byPartition.set(record.partition, [record]);
      else list.push(record);
    }
  }
  return byPartition;
}

function sequenceAll(session: ProducerSession, byPartition: ReadonlyMap<number, OutgoingRecord[]>) {
  return new Map([...byPartition].map(([partition, records]) => [partition, session.sequence(partition, records)]));
}

/** Tells every group its offsets or its fault. @returns a fault of the batch, if there is one */
function settle(
  groups: readonly QueuedGroup[],
  results: ReadonlyMap<number, ProduceResult>,
  maybeSent: ReadonlySet<number>,
): KafkaFault | undefined {
  const nextOffset = new Map<number, number>();
  for (const [partition, result] of results) if (result.ok) nextOffset.set(partition, result.baseOffset);
  let fault: KafkaFault | undefined;
  for (const group of groups) {
    const offsets: number[] = [];
    let failed: (ProduceResult & { ok: false }) | undefined;
    let unknown = false;
    for (const { partition } of group.records) {
      const result = results.get(partition) as ProduceResult;
      if (!result.ok) {
        failed = result;
        unknown ||= maybeSent.has(partition);
        continue;
      }
      const offset = nextOffset.get(partition) as number;
      nextOffset.set(partition, offset + 1);
      offsets.push(offset);
    }
    if (failed === undefined) {
      group.resolve(offsets);
      continue;
    }
    fault = failed.fault;
    // A group over several partitions may be written to some of them.
    const appended = unknown || offsets.length > 0 ? 'unknown' : 'no';
    group.reject(new AppendFault({ appended, retryable: fault.retryable }, fault.message, { cause: fault }));
  }
  return fault;
}
