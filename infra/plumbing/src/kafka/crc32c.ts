const POLYNOMIAL = 0x82f63b78;
const LANES = 8;

/** One table per byte of the word taken at once ("slicing by 8"): records are checked at memory speed, not at byte speed. */
const TABLES: readonly Int32Array[] = makeTables();

function makeTables(): Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  const tables = [first];
  for (let lane = 1; lane < LANES; lane++) {
    const previous = tables[lane - 1] as Int32Array;
    tables.push(previous.map((crc) => (first[crc & 0xff] as number) ^ (crc >>> 8)));
  }
  return tables;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** CRC-32C (Castagnoli) of `buffer[from, to)` as a signed 32-bit integer, the way Kafka writes it. */
export function crc32c(buffer: Buffer, from = 0, to = buffer.length): number {
  let crc = -1;
  let at = from;
  for (const end = to - 7; at < end; at += 8) {
    const low =
      crc ^
      ((buffer[at] as number) |
        ((buffer[at + 1] as number) << 8) |
        ((buffer[at + 2] as number) << 16) |
        ((buffer[at + 3] as number) << 24));
    crc =
      (T7[low & 0xff] as number) ^
      (T6[(low >>> 8) & 0xff] as number) ^
      (T5[(low >>> 16) & 0xff] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[buffer[at + 4] as number] as number) ^
      (T2[buffer[at + 5] as number] as number) ^
      (T1[buffer[at + 6] as number] as number) ^
      (T0[buffer[at + 7] as number] as number);
  }
  for (; at < to; at++) crc = (T0[(crc ^ (buffer[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc;
}
