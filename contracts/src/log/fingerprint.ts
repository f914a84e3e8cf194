/**
 * CRC-64-AVRO (the "Rabin" fingerprint) of a schema's Parsing Canonical Form.
 * Source: Apache Avro 1.11 specification, "Schema Fingerprints".
 */
const EMPTY = 0xc15d213aa4d7a795n;

const TABLE: readonly bigint[] = Array.from({ length: 256 }, (_, i) => {
  let fp = BigInt(i);
  for (let bit = 0; bit < 8; bit++) fp = (fp >> 1n) ^ (EMPTY & -(fp & 1n));
  return BigInt.asUintN(64, fp);
});

/** @returns the 8 bytes as single-object encoding writes them (little-endian). */
export function rabinFingerprint(canonicalSchema: string): Buffer {
  let fp = EMPTY;
  for (const byte of Buffer.from(canonicalSchema, 'utf8')) {
    fp = (fp >> 8n) ^ (TABLE[Number((fp ^ BigInt(byte)) & 0xffn)] as bigint);
  }
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt.asUintN(64, fp));
  return out;
}
