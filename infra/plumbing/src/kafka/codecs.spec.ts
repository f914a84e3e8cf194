import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync as lz4 } from 'lz4-napi';
import { compressSync } from 'snappy';
import { describe, expect, test } from 'vitest';
import { decompressRecords } from './codecs.js';

const snappy = (bytes: Buffer): Buffer => Buffer.from(compressSync(bytes));
const PLAIN = Buffer.from('records '.repeat(5000));

/** As Java's clients write it: magic, two versions, then blocks with their lengths. */
function xerial(bytes: Buffer, blockBytes: number): Buffer {
  const parts: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = snappy(bytes.subarray(at, at + blockBytes));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

describe('compressed records', () => {
  test.each([
    ['none', 0, PLAIN],
    ['gzip', 1, gzipSync(PLAIN)],
    ['snappy, one bare block', 2, snappy(PLAIN)],
    ['snappy, one framed block', 2, xerial(PLAIN, PLAIN.length)],
    ['snappy, many framed blocks', 2, xerial(PLAIN, 1000)],
    ['lz4', 3, lz4(PLAIN)],
    ['zstd', 4, zstdCompressSync(PLAIN)],
  ])('%s', (_name, codec, bytes) => {
    expect(decompressRecords(codec, bytes).equals(PLAIN)).toBe(true);
  });
  test('a codec nobody knows', () => {
    expect(() => decompressRecords(6, PLAIN)).toThrow('unknown compression codec 6');
  });
});
