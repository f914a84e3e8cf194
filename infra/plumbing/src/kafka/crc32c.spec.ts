import { expect, test } from 'vitest';
import { crc32c } from './crc32c.js';

test.each([
  ['', 0],
  ['123456789', 0xe3069283],
  ['a', 0xc1d04330],
  ['The quick brown fox jumps over the lazy dog', 0x22620404],
])('checksum of %j', (text, expected) => {
  expect(crc32c(Buffer.from(text)) >>> 0).toBe(expected);
});

test('32 zero bytes and 32 ones (RFC 3720, B.4)', () => {
  expect(crc32c(Buffer.alloc(32)) >>> 0).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff)) >>> 0).toBe(0x62a8ab43);
});

test('a range is what its bytes alone are', () => {
  const bytes = Buffer.from('xx123456789yy');
  expect(crc32c(bytes, 2, 11)).toBe(crc32c(Buffer.from('123456789')));
});
