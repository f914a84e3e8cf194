import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PUBLIC_QUERIES } from './public-queries.js';

test('every query of this folder is among those that are tried against the tables', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  const declared = files.flatMap((file) => {
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    return [...text.matchAll(/publicQuery\(\{\s*name: '([^']+)'/g)].map((match) => match[1]);
  });
  expect(new Set(PUBLIC_QUERIES.map(({ name }) => name))).toEqual(new Set(declared));
  expect(PUBLIC_QUERIES).toHaveLength(declared.length);
});
