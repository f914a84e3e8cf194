import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { open, seal, type Place } from './seal.js';

const key = createSecretKey(randomBytes(32));
const place: Place = ['secret', 'T', 'c.0'];
const plain = Buffer.from('grüße, a password');

it.each([Buffer.alloc(0), plain, randomBytes(100_000)])('what is sealed opens again', (bytes) => {
  expect(open(key, place, seal(key, place, bytes))).toEqual(bytes);
});

it('twice the same text is never the same ciphertext', () => {
  const some = Array.from({ length: 100 }, () => seal(key, place, plain).toString('hex'));
  expect(new Set(some).size).toBe(100);
});

it.each<[string, Place]>([
  ['another tenant', ['secret', 'U', 'c.0']],
  ['another secret', ['secret', 'T', 'c.1']],
  ['a data key', ['data key', 'T', 'c.0']],
  ['texts that join to the same', ['secret', 'T","c', '0']],
])('what is sealed opens for nothing but its place: %s', (_what, other) => {
  const sealed = seal(key, place, plain);
  expect(open(key, other, sealed)).toBeUndefined();
  expect(open(key, place, sealed)).toEqual(plain);
});

it('what is sealed opens with its own key only, and whole', () => {
  const sealed = seal(key, place, plain);
  expect(open(createSecretKey(randomBytes(32)), place, sealed)).toBeUndefined();
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(open(key, place, changed)).toBeUndefined();
  }
  for (const length of [0, 11, 27, sealed.length - 1]) {
    expect(open(key, place, sealed.subarray(0, length))).toBeUndefined();
  }
});
