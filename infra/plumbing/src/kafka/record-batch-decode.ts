import { decompressRecords } from './codecs.js';
import { crc32c } from './crc32c.js';
import type { AbortedTransaction } from './requests.js';
import type { LogRecord } from './types.js';

const TRANSACTIONAL = 0x10;
const CONTROL_BATCH = 0x20;
const LOG_APPEND_TIME = 0x08;
const CODEC = 0x07;
const BATCH_HEADER_BYTES = 61;
/** Base offset and batch length: what must be there to know how long a batch is. */
const PREFIX_BYTES = 12;

/** Bytes that are no record batch of format v2, or whose checksum does not fit. */
export class CorruptBatch extends Error {
  override readonly name = 'CorruptBatch';
}

/** What a partition's share of a fetch holds. `nextOffset` counts control and empty batches, too. */
export type DecodedRecords = { readonly records: readonly ScannedRecord[]; readonly nextOffset: number };

/** A record one header of which can be had without making text of the others. */
export type ScannedRecord = LogRecord & { readonly header: (name: Buffer) => string | undefined };

/**
 * Decodes the record batches of one partition of a fetch response. Records below `fetchOffset` are dropped (a broker
 * sends whole batches), control batches are passed over, a batch cut off at the end is left for the next fetch.
 *
 * Keys, values and headers share the response's memory; headers become text when they are first looked at.
 *
 * @param aborted transactions whose records are passed over, as the broker names them; without, they count like others
 * @throws CorruptBatch on a wrong checksum or another format than v2.
 */
export function decodeRecordBatches(
  bytes: Buffer,
  partition: number,
  fetchOffset: number,
  aborted: readonly AbortedTransaction[] = [],
): DecodedRecords {
  const records: ScannedRecord[] = [];
  const isAborted = aborted.length === 0 ? undefined : makeIsAborted(aborted);
  let nextOffset = fetchOffset;
  let at = 0;
  while (bytes.length - at >= PREFIX_BYTES) {
    const end = at + PREFIX_BYTES + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    nextOffset = Math.max(nextOffset, decodeBatch(batch, partition, fetchOffset, records, isAborted));
    at = end;
  }
  if (at === 0 && bytes.length > 0) throw new CorruptBatch(`no whole batch in ${bytes.length} bytes`);
  return { records, nextOffset };
}

/** @returns the offset behind the batch. */
function decodeBatch(
  batch: Buffer,
  partition: number,
  fetchOffset: number,
  into: ScannedRecord[],
  isAborted: IsAborted | undefined,
): number {
  if (batch.length < BATCH_HEADER_BYTES || batch[16] !== 2) {
    throw new CorruptBatch(`record format ${batch[16]} is not supported`);
  }
  if (crc32c(batch, 21) !== batch.readInt32BE(17)) throw new CorruptBatch('checksum of a record batch does not fit');
  const attributes = batch.readInt16BE(21);
  const baseOffset = Number(batch.readBigInt64BE(0));
  const after = baseOffset + batch.readInt32BE(23) + 1;
  const isLeftOut = isAborted?.(batch, attributes, after) === true;
  if ((attributes & CONTROL_BATCH) !== 0 || after <= fetchOffset || isLeftOut) return after;
  const firstTimestamp = Number(batch.readBigInt64BE(27));
  const appendTimestamp = (attributes & LOG_APPEND_TIME) !== 0 ? Number(batch.readBigInt64BE(35)) : undefined;
  const payload = decompressRecords(attributes & CODEC, batch.subarray(BATCH_HEADER_BYTES));
  const cursor: Cursor = { bytes: payload, at: 0 };
  for (let left = batch.readInt32BE(57); left > 0; left--) {
    const length = readVarint(cursor);
    const end = cursor.at + length;
    cursor.at++; // attributes
    const timestamp = firstTimestamp + readVarlong(cursor);
    const offset = baseOffset + readVarint(cursor);
    if (offset >= fetchOffset) {
      into.push(new DecodedRecord(partition, offset, appendTimestamp ?? timestamp, cursor));
    }
    cursor.at = end;
  }
  return after;
}

type IsAborted = (batch: Buffer, attributes: number, after: number) => boolean;

/** An abort marker's key: version 0, type 0 (a commit has type 1), both INT16. */
const ABORT = 0;

/**
 * Whether a batch belongs to an aborted transaction; to be asked of every batch in its order. A producer's transaction
 * reaches from its first offset to the marker that ends it; its later ones are other transactions.
 */
function makeIsAborted(aborted: readonly AbortedTransaction[]): IsAborted {
  const coming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const underWay = new Set<number>();
  let at = 0;
  return (batch, attributes, after) => {
    for (; at < coming.length && (coming[at] as AbortedTransaction).firstOffset < after; at++) {
      underWay.add((coming[at] as AbortedTransaction).producerId);
    }
    if ((attributes & TRANSACTIONAL) === 0) return false;
    const producerId = Number(batch.readBigInt64BE(43));
    if ((attributes & CONTROL_BATCH) === 0) return underWay.has(producerId);
    if (markerType(batch) === ABORT) underWay.delete(producerId);
    return true;
  };
}

/** Of a control batch, which holds one record. */
function markerType(batch: Buffer): number {
  const cursor: Cursor = { bytes: batch, at: BATCH_HEADER_BYTES };
  readVarint(cursor); // length
  cursor.at++; // attributes
  readVarlong(cursor); // timestamp
  readVarint(cursor); // offset
  const key = readBytes(cursor);
  return key === null || key.length < 4 ? -1 : key.readInt16BE(2);
}

type Cursor = { readonly bytes: Buffer; at: number };

/** A record over the memory it came in. A class for its lazy members: most readers look at little of a record. */
class DecodedRecord implements ScannedRecord {
  readonly value: Buffer | null;
  readonly #bytes: Buffer;
  readonly #keyAt: number;
  readonly #headersAt: number;
  #headers: Record<string, string> | undefined;

  constructor(
    readonly partition: number,
    readonly offset: number,
    readonly timestamp: number,
    cursor: Cursor,
  ) {
    this.#bytes = cursor.bytes;
    this.#keyAt = cursor.at;
    skipBytes(cursor);
    this.value = readBytes(cursor);
    this.#headersAt = cursor.at;
  }

  get key(): Buffer | null {
    return readBytes({ bytes: this.#bytes, at: this.#keyAt });
  }

  /** @param name UTF-8 bytes */
  header(name: Buffer): string | undefined {
    const cursor = { bytes: this.#bytes, at: this.#headersAt };
    for (let left = readVarint(cursor); left > 0; left--) {
      const length = readVarint(cursor);
      const from = cursor.at;
      cursor.at += length;
      if (length === name.length && equalsBytes(cursor.bytes, from, name)) return readText(cursor);
      skipBytes(cursor);
    }
    return undefined;
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= readHeaders({ bytes: this.#bytes, at: this.#headersAt });
    return this.#headers;
  }
}

/** Header names repeat on every record: each is made a string once. Bounded, since foreign records name theirs freely. */
const NAMES = new Map<number, string>();
const MAX_NAMES = 256;

function readHeaders(cursor: Cursor): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let left = readVarint(cursor); left > 0; left--) {
    const name = readName(cursor);
    headers[name] = readText(cursor);
  }
  return headers;
}

function readName(cursor: Cursor): string {
  const length = readVarint(cursor);
  const { bytes, at } = cursor;
  cursor.at += length;
  let hash = length;
  for (let index = at; index < at + length; index++) hash = (Math.imul(hash, 31) + (bytes[index] as number)) | 0;
  const known = NAMES.get(hash);
  if (known !== undefined && known.length === length && equalsAscii(bytes, at, known)) return known;
  const name = bytes.toString('utf8', at, at + length);
  if (NAMES.size < MAX_NAMES && known === undefined) NAMES.set(hash, name);
  return name;
}

function equalsAscii(bytes: Buffer, from: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

function equalsBytes(bytes: Buffer, from: number, other: Buffer): boolean {
  for (let index = 0; index < other.length; index++) {
    if (bytes[from + index] !== other[index]) return false;
  }
  return true;
}

function readText(cursor: Cursor): string {
  const length = readVarint(cursor);
  if (length < 0) return '';
  const { at } = cursor;
  cursor.at += length;
  return cursor.bytes.toString('utf8', at, at + length);
}

function skipBytes(cursor: Cursor): void {
  const length = readVarint(cursor);
  if (length > 0) cursor.at += length;
}

function readBytes(cursor: Cursor): Buffer | null {
  const length = readVarint(cursor);
  if (length < 0) return null;
  const { at } = cursor;
  cursor.at += length;
  return cursor.bytes.subarray(at, at + length);
}

function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined || shift > 28) throw new CorruptBatch('a record is longer than its batch');
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
  }
}

/** Timestamp deltas may exceed 32 bits; arithmetic instead of bit operations keeps them exact up to 2^53. */
function readVarlong(cursor: Cursor): number {
  const { bytes } = cursor;
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new CorruptBatch('a record is longer than its batch');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    factor *= 128;
  }
}
