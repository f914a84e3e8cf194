import { crc32c } from './crc32c.js';

/** A record to write. Header values are UTF-8 text, as `OutgoingRecord` has them. */
export type RecordToWrite = {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
};

/** Who writes: -1 everywhere for a producer without idempotence. */
export type BatchIdentity = {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
};

export const ANONYMOUS: BatchIdentity = { producerId: -1n, producerEpoch: -1, baseSequence: -1 };

/** Bytes before the first record of a batch (format v2). */
export const BATCH_HEADER_BYTES = 61;
/** Where the CRC'd part begins: at the attributes. */
const CRC_FROM = 21;
const MAX_VARINT_BYTES = 5;

/** Upper bound of a record's share of a batch; what batches are bounded by. */
export function recordSizeBound(record: RecordToWrite): number {
  let bytes = 32 + (record.value?.length ?? 0);
  bytes += typeof record.key === 'string' ? record.key.length * 3 : (record.key?.length ?? 0);
  for (const name in record.headers) {
    bytes += 4 + (name.length + (record.headers[name] as string).length) * 3;
  }
  return bytes;
}

/**
 * A record batch of format v2, uncompressed, all records with one create time. kafkajs' own encoder makes an object
 * and several buffers per record and header; this one writes each byte once (docs/adr/0010).
 *
 * @param timestampMs create time; the commands topic replaces it by its append time
 */
export function encodeRecordBatch(
  records: readonly RecordToWrite[],
  timestampMs: number,
  identity: BatchIdentity,
): Buffer {
  let bound = BATCH_HEADER_BYTES;
  for (const record of records) bound += recordSizeBound(record) + MAX_VARINT_BYTES;
  const buffer = Buffer.allocUnsafe(bound);
  let at = BATCH_HEADER_BYTES;
  for (let index = 0; index < records.length; index++) {
    at = writeRecord(buffer, at, index, records[index] as RecordToWrite);
  }
  writeBatchHeader(buffer, at, records.length, timestampMs, identity);
  return buffer.subarray(0, at);
}

function writeBatchHeader(buffer: Buffer, end: number, count: number, timestampMs: number, id: BatchIdentity): void {
  buffer.writeBigInt64BE(0n, 0); // base offset: the broker's business
  buffer.writeInt32BE(end - 12, 8);
  buffer.writeInt32BE(-1, 12); // partition leader epoch: the broker's business
  buffer.writeInt8(2, 16);
  buffer.writeInt16BE(0, CRC_FROM);
  buffer.writeInt32BE(count - 1, 23);
  buffer.writeBigInt64BE(BigInt(timestampMs), 27);
  buffer.writeBigInt64BE(BigInt(timestampMs), 35);
  buffer.writeBigInt64BE(id.producerId, 43);
  buffer.writeInt16BE(id.producerEpoch, 51);
  buffer.writeInt32BE(id.baseSequence, 53);
  buffer.writeInt32BE(count, 57);
  buffer.writeInt32BE(crc32c(buffer, CRC_FROM, end), 17);
}

/** Writes the body behind room for its length, then closes the gap: the length is not known before. */
function writeRecord(buffer: Buffer, from: number, index: number, record: RecordToWrite): number {
  const bodyFrom = from + MAX_VARINT_BYTES;
  let at = bodyFrom;
  buffer[at++] = 0; // attributes
  buffer[at++] = 0; // timestamp delta
  at = writeVarint(buffer, at, index);
  at = record.key === null ? writeVarint(buffer, at, -1) : writeField(buffer, at, record.key);
  at = record.value === null ? writeVarint(buffer, at, -1) : writeField(buffer, at, record.value);
  const countAt = at++; // up to 63 headers fit one byte; more are moved below
  let count = 0;
  for (const name in record.headers) {
    at = writeField(buffer, at, name);
    at = writeField(buffer, at, record.headers[name] as string);
    count++;
  }
  if (count > 63) throw new RangeError('a record of ours has at most 63 headers');
  buffer[countAt] = count << 1;
  const bodyBytes = at - bodyFrom;
  const bodyTo = writeVarint(buffer, from, bodyBytes);
  buffer.copyWithin(bodyTo, bodyFrom, at);
  return bodyTo + bodyBytes;
}

function writeField(buffer: Buffer, from: number, field: string | Buffer): number {
  if (typeof field !== 'string') {
    const at = writeVarint(buffer, from, field.length);
    field.copy(buffer, at);
    return at + field.length;
  }
  const { length } = field;
  // Ids and numbers: short and ASCII. A loop is faster than the call into the runtime, which longer text pays for.
  if (length < 64) {
    let at = from + 1;
    let index = 0;
    for (; index < length; index++) {
      const code = field.charCodeAt(index);
      if (code > 0x7f) break;
      buffer[at++] = code;
    }
    if (index === length) {
      buffer[from] = length << 1;
      return at;
    }
  }
  const bytes = Buffer.byteLength(field, 'utf8');
  const at = writeVarint(buffer, from, bytes);
  buffer.write(field, at, bytes, 'utf8');
  return at + bytes;
}

/** Zigzag varint of a 32-bit integer. */
function writeVarint(buffer: Buffer, from: number, value: number): number {
  let at = from;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}
