import type { WireRequest } from './kafkajs-shapes.js';
import { makeWireReader, makeWireWriter, type WireReader } from './wire.js';

// Our own encodings of the requests on the hot path, and of the one kafkajs lacks. They travel over kafkajs'
// connections like its own. The last versions without tagged fields, except Metadata, whose topic ids came with them.

const request = <T>(
  api: { readonly key: number; readonly version: number; readonly name: string },
  encode: () => ReturnType<ReturnType<typeof makeWireWriter>['body']>,
  decode: (payload: Buffer) => T,
  requestTimeout?: number,
): WireRequest<T> => ({
  request: { apiKey: api.key, apiVersion: api.version, apiName: api.name, encode: () => Promise.resolve(encode()) },
  response: { decode: (payload) => Promise.resolve(decode(payload)), parse: (decoded) => Promise.resolve(decoded) },
  logResponseError: false,
  ...(requestTimeout === undefined ? {} : { requestTimeout }),
});

export type PartitionBatch = { readonly partition: number; readonly batch: Buffer };
export type ProducedPartition = { readonly partition: number; readonly errorCode: number; readonly baseOffset: number };

/**
 * Produce with acks=all, one topic.
 *
 * @param transactionalId null also for a fenced producer: its batches are not part of a transaction
 */
export function produceRequest(
  topic: string,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): WireRequest<readonly ProducedPartition[]> {
  const encode = () => {
    const writer = makeWireWriter(batches.reduce((bytes, { batch }) => bytes + batch.length + 8, 128 + topic.length));
    writer.string(null);
    writer.int16(-1);
    writer.int32(timeoutMs);
    writer.int32(1);
    writer.string(topic);
    writer.int32(batches.length);
    for (const { partition, batch } of batches) {
      writer.int32(partition);
      writer.int32(batch.length);
      writer.raw(batch);
    }
    return writer.body();
  };
  return request<readonly ProducedPartition[]>(
    { key: 0, version: 7, name: 'Produce' },
    encode,
    decodeProduced,
    timeoutMs + 5000,
  );
}

function decodeProduced(payload: Buffer): ProducedPartition[] {
  const reader = makeWireReader(payload);
  return readArray(reader, () => {
    reader.string();
    return readArray(reader, () => {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = reader.int64();
      reader.int64(); // log append time
      reader.int64(); // log start offset
      return { partition, errorCode, baseOffset };
    });
  }).flat();
}

/** First offset of an aborted transaction among the fetched records. */
export type AbortedTransaction = { readonly producerId: number; readonly firstOffset: number };

export type FetchedPartition = {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  /** Behind the last record that belongs to no open transaction. */
  readonly lastStableOffset: number;
  /** Those in `records`; empty unless committed records were asked for. */
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer | null;
};

export type FetchSettings = {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly partitionBytes: number;
  /** Nothing of a transaction that is still open. */
  readonly onlyCommitted: boolean;
};

/** Fetch without a session, from records of one topic that all in-sync replicas have; partitions are served in the order given. */
export function fetchRequest(
  topic: string,
  offsets: readonly (readonly [partition: number, offset: number])[],
  settings: FetchSettings,
): WireRequest<readonly FetchedPartition[]> {
  const encode = () => {
    const writer = makeWireWriter();
    writer.int32(-1);
    writer.int32(settings.maxWaitMs);
    writer.int32(1);
    writer.int32(settings.maxBytes);
    writer.int8(settings.onlyCommitted ? 1 : 0); // isolation level
    writer.int32(0);
    writer.int32(-1);
    writer.int32(1);
    writer.string(topic);
    writer.int32(offsets.length);
    for (const [partition, offset] of offsets) {
      writer.int32(partition);
      writer.int32(-1);
      writer.int64(offset);
      writer.int64(-1);
      writer.int32(settings.partitionBytes);
    }
    writer.int32(0);
    writer.string('');
    return writer.body();
  };
  return request<readonly FetchedPartition[]>(
    { key: 1, version: 11, name: 'Fetch' },
    encode,
    decodeFetched,
    settings.maxWaitMs + 10_000,
  );
}

function decodeFetched(payload: Buffer): FetchedPartition[] {
  const reader = makeWireReader(payload);
  reader.int32(); // throttle time
  const errorCode = reader.int16();
  reader.int32(); // session id
  const partitions = readArray(reader, () => {
    reader.string();
    return readArray(reader, () => readFetchedPartition(reader));
  }).flat();
  return errorCode === 0
    ? partitions
    : [{ partition: -1, errorCode, highWatermark: -1, lastStableOffset: -1, aborted: [], records: null }];
}

function readFetchedPartition(reader: WireReader): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  reader.int64(); // log start offset
  const aborted = readArray(reader, () => ({ producerId: reader.int64(), firstOffset: reader.int64() }));
  reader.int32(); // preferred read replica
  return { partition, errorCode, highWatermark, lastStableOffset, aborted, records: reader.bytes() };
}

export type TopicDescription = {
  readonly errorCode: number;
  readonly name: string;
  /** Lower-case hex, 32 characters. */
  readonly topicId: string;
  readonly partitions: readonly { readonly partition: number; readonly errorCode: number; readonly leader: number }[];
};

/** Metadata v12 of the named topics, for their ids. Never creates a topic. */
export function topicsRequest(topics: readonly string[]): WireRequest<readonly TopicDescription[]> {
  const encode = () => {
    const writer = makeWireWriter();
    writer.int8(0); // tags of the flexible request header, which kafkajs' framing does not write
    writer.uvarint(topics.length + 1);
    for (const topic of topics) {
      writer.raw(Buffer.alloc(16));
      writer.compactString(topic);
      writer.uvarint(0);
    }
    writer.int8(0); // no auto creation
    writer.int8(0); // no authorized operations
    writer.uvarint(0);
    return writer.body();
  };
  return request<readonly TopicDescription[]>({ key: 3, version: 12, name: 'Metadata' }, encode, decodeTopics);
}

function decodeTopics(payload: Buffer): TopicDescription[] {
  const reader = makeWireReader(payload);
  reader.tags();
  reader.int32(); // throttle time
  readCompactArray(reader, () => {
    reader.int32();
    reader.compactString();
    reader.int32();
    reader.compactString();
    reader.tags();
  });
  reader.compactString(); // cluster id
  reader.int32(); // controller
  return readCompactArray(reader, () => {
    const errorCode = reader.int16();
    const name = reader.compactString() ?? '';
    const topicId = reader.take(16).toString('hex');
    reader.int8(); // internal
    const partitions = readCompactArray(reader, () => readPartition(reader));
    reader.int32(); // authorized operations
    reader.tags();
    return { errorCode, name, topicId, partitions };
  });
}

function readPartition(reader: WireReader): TopicDescription['partitions'][number] {
  const errorCode = reader.int16();
  const partition = reader.int32();
  const leader = reader.int32();
  reader.int32(); // leader epoch
  for (let list = 0; list < 3; list++) readCompactArray(reader, () => reader.int32());
  reader.tags();
  return { errorCode, partition, leader };
}

function readArray<T>(reader: WireReader, item: () => T): T[] {
  const items: T[] = [];
  for (let left = reader.int32(); left > 0; left--) items.push(item());
  return items;
}

function readCompactArray<T>(reader: WireReader, item: () => T): T[] {
  const items: T[] = [];
  for (let left = reader.uvarint() - 1; left > 0; left--) items.push(item());
  return items;
}
