import { describe, expect, it } from 'vitest';
import { jsonObject, type Call } from './call.js';

const read = (body: string): unknown => jsonObject({ body: Buffer.from(body) } as Call);

describe('a JSON body', () => {
  it.each(['{"a":1e400}', '{"a":[{"b":-1E+309}]}', `{"a":1${'0'.repeat(309)}}`])(
    'with a number that JSON.stringify would make null is refused: %s',
    (body) => {
      expect(() => read(body)).toThrow(/INVALID_JSON/);
    },
  );

  it.each([
    ['{"a":1e308,"b":-1.5E-400}', { a: 1e308, b: -0 }],
    ['{"note":"1e400"}', { note: '1e400' }],
  ])('is read as it is: %s', (body, value) => {
    expect(read(body)).toEqual(value);
  });
});
