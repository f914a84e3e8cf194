import { describe, expect, it } from 'vitest';
import { rabinFingerprint } from './fingerprint.js';

/** Known values: Apache Avro's own `share/test/data/schema-tests.txt` (signed decimals of the CRC-64-AVRO). */
describe('rabinFingerprint', () => {
  it.each([
    ['"null"', 7195948357588979594n],
    ['"boolean"', -6970731678124411036n],
    ['"int"', 8247732601305521295n],
    ['"string"', -8142146995180207161n],
  ])('of %s', (schema, expected) => {
    expect(rabinFingerprint(schema).readBigInt64LE()).toBe(expected);
  });
});
