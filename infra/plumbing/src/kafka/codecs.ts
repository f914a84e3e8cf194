import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressFrameSync as lz4Decompress } from 'lz4-napi';
import { uncompressSync as snappyUncompress } from 'snappy';

/** Compression as the attributes of a record batch name it. Our own batches are not compressed; foreign ones may be. */
const NONE = 0;
const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

/** Java's snappy streams are framed by blocks behind this magic; other clients send one bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** @returns the plain records; the input itself when it is not compressed. */
export function decompressRecords(codec: number, bytes: Buffer): Buffer {
  switch (codec) {
    case NONE:
      return bytes;
    case GZIP:
      return gunzipSync(bytes);
    case SNAPPY:
      return snappy(bytes);
    case LZ4:
      return lz4Decompress(bytes);
    case ZSTD:
      return zstdDecompressSync(bytes);
    default:
      throw new TypeError(`unknown compression codec ${codec}`);
  }
}

function snappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyUncompress(bytes) as Buffer;
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const length = bytes.readInt32BE(at);
    blocks.push(snappyUncompress(bytes.subarray(at + 4, at + 4 + length)) as Buffer);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
