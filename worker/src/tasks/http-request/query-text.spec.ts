import type { JsonObject } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { withQuery } from './query-text.js';

it.each<[string, JsonObject, string]>([
  ['http://a.example/', {}, 'http://a.example/'],
  ['http://a.example/p', { x: 1, y: true, z: 'text' }, 'http://a.example/p?x=1&y=true&z=text'],
  ['http://a.example/p?own=%2F&b', { x: 'a' }, 'http://a.example/p?own=%2F&b&x=a'],
  ['http://a.example/p?', { x: 'a' }, 'http://a.example/p?x=a'],
  ['http://a.example/p?x=0#part', { x: [1, null, 'b', false] }, 'http://a.example/p?x=0&x=1&x=b&x=false#part'],
  ['http://a.example/', { empty: '', none: null, nothing: [] }, 'http://a.example/?empty='],
  [
    'http://a.example/',
    { 'a b&c=d#é': '1 + 1 & 2%20?#/ü😀' },
    `http://a.example/?${encodeURIComponent('a b&c=d#é')}=${encodeURIComponent('1 + 1 & 2%20?#/ü😀')}`,
  ],
  ['http://a.example/', { half: '\ud800x' }, 'http://a.example/?half=%EF%BF%BDx'],
  [
    'http://a.example/',
    { big: 12345678901234567000, small: 1e-7 },
    'http://a.example/?big=12345678901234567000&small=1e-7',
  ],
])('%s with %j', (url, query, expected) => {
  const result = withQuery(new URL(url), query).href;
  expect(result).toBe(expected);
  const given = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => [name, item]),
  );
  const own = [...new URL(url).searchParams].length;
  if (!expected.includes('%EF%BF%BD')) {
    const read = [...new URL(result).searchParams].slice(own);
    expect(read).toEqual(
      given
        .filter(([, item]) => item !== null)
        .map(([name, item]) => [name, typeof item === 'string' ? item : JSON.stringify(item)]),
    );
  }
});
