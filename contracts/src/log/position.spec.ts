import { describe, expect, it } from 'vitest';
import { decodePosition, encodePosition } from './position.js';

describe('position tokens', () => {
  it('read back what was encoded', () => {
    expect(decodePosition(encodePosition({ partition: 11, offset: 123_456_789 }))).toEqual({
      partition: 11,
      offset: 123_456_789,
      of: 'events',
    });
    expect(decodePosition(encodePosition({ partition: 0, offset: 7 }, 'commands'))).toEqual({
      partition: 0,
      offset: 7,
      of: 'commands',
    });
  });
  it.each(['', 'zzz', '!!', 'b3', Buffer.from('o1:-2').toString('base64url'), 'A'.repeat(513)])(
    'refuse %j',
    (token) => {
      expect(decodePosition(token)).toBeUndefined();
    },
  );
});
