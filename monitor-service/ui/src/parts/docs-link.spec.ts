import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../../docs/', import.meta.url));

it('every page that the console links to is there', () => {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'));
  const linked = sources.flatMap((file) =>
    [...readFileSync(join(SOURCES, file), 'utf8').matchAll(/<DocsLink page="([^"#]+)/g)].map(([, page = '']) => page),
  );
  expect(linked).toEqual(expect.arrayContaining(['language', 'cookbook']));
  expect(linked.filter((page) => !existsSync(join(DOCS, `${page}.md`)))).toEqual([]);
});
