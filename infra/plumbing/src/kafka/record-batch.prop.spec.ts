import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CorruptBatch, decodeRecordBatches, type ScannedRecord } from './record-batch-decode.js';
import { ANONYMOUS, encodeRecordBatch, recordSizeBound, type RecordToWrite } from './record-batch-encode.js';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.oneof(fc.string({ maxLength: 90 }), fc.string({ unit: 'grapheme', maxLength: 90 }));
const record: fc.Arbitrary<RecordToWrite> = fc.record({
  key: fc.oneof(fc.constant(null), text),
  value: fc.oneof(fc.constant(null), bytes),
  headers: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    text,
    { maxKeys: 6 },
  ),
});
const records = fc.array(record, { minLength: 1, maxLength: 40 });

/** The broker gives a batch its place. */
function placedAt(batch: Buffer, baseOffset: number): Buffer {
  const placed = Buffer.from(batch);
  placed.writeBigInt64BE(BigInt(baseOffset), 0);
  return placed;
}

const asWritten = (written: RecordToWrite, offset: number) => ({
  partition: 3,
  offset,
  timestamp: 1_700_000_000_123,
  key: written.key === null ? null : Buffer.from(written.key as string),
  value: written.value,
  headers: { ...written.headers },
});

test('what is encoded is what is decoded', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 0, max: 2 ** 40 }), (written, base) => {
      const batch = placedAt(encodeRecordBatch(written, 1_700_000_000_123, ANONYMOUS), base);
      const decoded = decodeRecordBatches(batch, 3, base);
      expect(decoded.nextOffset).toBe(base + written.length);
      expect(decoded.records.map(everyMember)).toEqual(written.map((one, index) => asWritten(one, base + index)));
    }),
  );
});

const everyMember = ({ partition, offset, timestamp, key, value, headers }: ScannedRecord) => ({
  partition,
  offset,
  timestamp,
  key,
  value,
  headers: { ...headers },
});

test('one header is found among all, without the others', () => {
  fc.assert(
    fc.property(records, (written) => {
      const { records: decoded } = decodeRecordBatches(encodeRecordBatch(written, 1, ANONYMOUS), 0, 0);
      written.forEach(({ headers }, index) => {
        for (const [name, value] of Object.entries(headers)) {
          expect(decoded[index]?.header(Buffer.from(name))).toBe(value);
        }
        if (!('absent' in headers)) expect(decoded[index]?.header(Buffer.from('absent'))).toBeUndefined();
      });
    }),
  );
});

test('records below the asked offset are dropped', () => {
  fc.assert(
    fc.property(records, fc.nat(50), (written, skip) => {
      const batch = placedAt(encodeRecordBatch(written, 1, ANONYMOUS), 100);
      const decoded = decodeRecordBatches(batch, 0, 100 + skip);
      expect(decoded.records).toHaveLength(Math.max(0, written.length - skip));
      expect(decoded.nextOffset).toBe(Math.max(100 + skip, 100 + written.length));
    }),
  );
});

test('a batch cut off at the end is left for the next fetch', () => {
  fc.assert(
    fc.property(records, records, fc.nat(), (first, second, seed) => {
      const one = placedAt(encodeRecordBatch(first, 1, ANONYMOUS), 0);
      const two = placedAt(encodeRecordBatch(second, 1, ANONYMOUS), first.length);
      const cut = seed % two.length;
      const decoded = decodeRecordBatches(Buffer.concat([one, two.subarray(0, cut)]), 0, 0);
      expect(decoded.nextOffset).toBe(first.length);
    }),
  );
});

test('a flipped bit is noticed', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 0, max: 7 }), (written, at, bit) => {
      const batch = placedAt(encodeRecordBatch(written, 1, ANONYMOUS), 0);
      const place = 21 + (at % (batch.length - 21));
      batch[place] = (batch[place] as number) ^ (1 << bit);
      expect(() => decodeRecordBatches(batch, 0, 0)).toThrow(CorruptBatch);
    }),
  );
});

test('the size bound is one', () => {
  fc.assert(
    fc.property(record, (written) => {
      const alone = encodeRecordBatch([written], 1, ANONYMOUS).length - 61;
      expect(alone).toBeLessThanOrEqual(recordSizeBound(written));
    }),
  );
});

test('a control batch moves the position and yields nothing', () => {
  const batch = placedAt(encodeRecordBatch([{ key: null, value: null, headers: {} }], 1, ANONYMOUS), 7);
  batch.writeInt16BE(0x20, 21);
  expect(() => decodeRecordBatches(batch, 0, 7)).toThrow(CorruptBatch);
  const checked = Buffer.from(batch);
  checked.writeInt32BE(checksumOf(checked), 17);
  expect(decodeRecordBatches(checked, 0, 7)).toEqual({ records: [], nextOffset: 8 });
});

/** Bit by bit, unlike the code under test. */
function checksumOf(batch: Buffer): number {
  let crc = -1;
  for (const byte of batch.subarray(21)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc;
}
