import { expect, it } from 'vitest';
import { isSameText, textOf } from './text-of.js';

it('ends lines as the editor does, whatever they were sent with', async () => {
  expect(await textOf({ definitionYaml: 'a: 1\r\nb: 2\rc: 3\n', definition: {} })).toBe('a: 1\nb: 2\nc: 3\n');
  expect(await textOf({ definitionYaml: null, definition: {} })).toBe('');
});

it('compares comments, and not line ends', () => {
  const definition = { a: 1 };
  const written = (definitionYaml: string | null) => ({ definitionYaml, definition });
  expect(isSameText(written('a: 1\n'), written('a: 1\r\n'))).toBe(true);
  expect(isSameText(written('a: 1\n'), written('# why\na: 1\n'))).toBe(false);
  expect(isSameText(written(null), written('a: 1\n'))).toBe(true);
  expect(isSameText(written(null), { definitionYaml: 'a: 2\n', definition: { a: 2 } })).toBe(false);
});
