import { describe, expect, it } from 'vitest';
import { noteOf } from './schedule-routes.js';

describe('the note on a pause', () => {
  it.each([
    [{}, null],
    [{ note: null }, null],
    [{ note: ' \n' }, null],
    [{ note: 'Stocktaking' }, 'Stocktaking'],
    [{ note: '😀'.repeat(256) }, '😀'.repeat(256)],
  ])('%j', (body, note) => {
    expect(noteOf(body)).toBe(note);
  });

  it.each([[{ note: 5 }], [{ note: ['a'] }], [{ note: 'x'.repeat(257) }], [{ note: '😀'.repeat(257) }]])(
    'is refused: %j',
    (body) => {
      expect(() => noteOf(body)).toThrow(/INVALID_TEXT: note must be a text/);
    },
  );
});
