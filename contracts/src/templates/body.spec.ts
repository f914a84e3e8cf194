import { expect, it } from 'vitest';
import { readTemplateBody } from './body.js';

const read = (text: string, format: 'json' | 'yaml') => readTemplateBody(text, format, 4_000_000).ok;
const nested = (depth: number): string => `{"use_case":${'['.repeat(depth)}${']'.repeat(depth)}}`;

it('a body that is nested too deeply to be walked is refused where it is read', () => {
  expect(read(nested(900), 'json')).toBe(true);
  for (const depth of [1100, 99_000, 1_000_000]) expect(read(nested(depth), 'json')).toBe(false);
  expect(read(nested(99_000), 'yaml')).toBe(false);
});
