import type { EncodedBody } from './kafkajs-shapes.js';

/** Writes the primitive types of Kafka's protocol into one growing buffer. */
export type WireWriter = {
  readonly int8: (value: number) => void;
  readonly int16: (value: number) => void;
  readonly int32: (value: number) => void;
  readonly int64: (value: number) => void;
  readonly uvarint: (value: number) => void;
  /** INT16 length and UTF-8 bytes; null is length -1. */
  readonly string: (value: string | null) => void;
  readonly compactString: (value: string) => void;
  readonly raw: (bytes: Buffer) => void;
  readonly body: () => EncodedBody;
};

export function makeWireWriter(initialBytes = 256): WireWriter {
  let buffer = Buffer.allocUnsafe(initialBytes);
  let at = 0;
  const room = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const fixed = (bytes: number, write: (at: number) => void): void => {
    room(bytes);
    write(at);
    at += bytes;
  };
  const raw = (bytes: Buffer): void => {
    room(bytes.length);
    bytes.copy(buffer, at);
    at += bytes.length;
  };
  const int16 = (value: number): void => fixed(2, (to) => buffer.writeInt16BE(value, to));
  const uvarint = (value: number): void => {
    room(5);
    let rest = value;
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
  };
  return {
    int8: (value) => fixed(1, (to) => buffer.writeInt8(value, to)),
    int16,
    int32: (value) => fixed(4, (to) => buffer.writeInt32BE(value, to)),
    int64: (value) => fixed(8, (to) => buffer.writeBigInt64BE(BigInt(value), to)),
    uvarint,
    string: (value) => {
      if (value === null) return int16(-1);
      const bytes = Buffer.from(value, 'utf8');
      int16(bytes.length);
      raw(bytes);
    },
    compactString: (value) => {
      const bytes = Buffer.from(value, 'utf8');
      uvarint(bytes.length + 1);
      raw(bytes);
    },
    raw,
    body: () => {
      const bytes = buffer.subarray(0, at);
      return { buf: bytes, buffer: bytes, size: () => bytes.length };
    },
  };
}

/** Reads the primitive types of Kafka's protocol. */
export type WireReader = {
  readonly int8: () => number;
  readonly int16: () => number;
  readonly int32: () => number;
  /** Offsets and timestamps: exact up to 2^53. */
  readonly int64: () => number;
  readonly uvarint: () => number;
  readonly string: () => string | null;
  readonly compactString: () => string | null;
  /** INT32 length and bytes, shared with the response buffer; null is length -1. */
  readonly bytes: () => Buffer | null;
  readonly take: (bytes: number) => Buffer;
  /** Skips the tagged fields that end every structure of a flexible version. */
  readonly tags: () => void;
};

export function makeWireReader(buffer: Buffer, from = 0): WireReader {
  let at = from;
  const take = (bytes: number): Buffer => {
    if (at + bytes > buffer.length) throw new RangeError('response is shorter than it says');
    at += bytes;
    return buffer.subarray(at - bytes, at);
  };
  const advance = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const int16 = (): number => buffer.readInt16BE(advance(2));
  const int32 = (): number => buffer.readInt32BE(advance(4));
  const uvarint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = buffer.readUInt8(advance(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  return {
    int8: () => buffer.readInt8(advance(1)),
    int16,
    int32,
    int64: () => Number(buffer.readBigInt64BE(advance(8))),
    uvarint,
    string: () => {
      const length = int16();
      return length < 0 ? null : take(length).toString('utf8');
    },
    compactString: () => {
      const length = uvarint();
      return length === 0 ? null : take(length - 1).toString('utf8');
    },
    bytes: () => {
      const length = int32();
      return length < 0 ? null : take(length);
    },
    take,
    tags: () => {
      for (let count = uvarint(); count > 0; count--) {
        uvarint();
        take(uvarint());
      }
    },
  };
}
