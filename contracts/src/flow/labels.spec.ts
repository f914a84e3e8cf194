import { describe, expect, it } from 'vitest';
import { labelOfFilter, readLabels } from './labels.js';

const many = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));

describe('labels of a start', () => {
  it.each([
    ['absent', undefined, '{}'],
    ['null', null, '{}'],
    ['none', {}, '{}'],
    ['in the order of their names', { b: '2', a: '1' }, '{"a":"1","b":"2"}'],
    ['of every kind of character', { '0.a_b-c': 'Zoë: ☃\n' }, '{"0.a_b-c":"Zoë: ☃\\n"}'],
    ['an empty text', { a: '' }, '{"a":""}'],
    ['characters of two code units', { a: '👍'.repeat(256) }, `{"a":"${'👍'.repeat(256)}"}`],
    ['at the bounds', { ['k'.repeat(63)]: 'v'.repeat(256) }, `{"${'k'.repeat(63)}":"${'v'.repeat(256)}"}`],
    [
      'names that objects have',
      JSON.parse('{"__proto__":"x","constructor":"y"}'),
      '{"__proto__":"x","constructor":"y"}',
    ],
  ])('%s', (_what, value, json) => {
    expect(readLabels(value)).toEqual({ ok: true, json });
  });

  it('sixteen are allowed, and no more', () => {
    expect(readLabels(many(16)).ok).toBe(true);
    expect(readLabels(many(17))).toEqual({ ok: false, reason: 'labels has 17 members; 16 are allowed.' });
  });

  it.each([
    ['a list', [], 'labels must be a JSON object.'],
    ['a text', 'a:b', 'labels must be a JSON object.'],
    ['an upper-case name', { Team: 'a' }, 'The name in labels["Team"] must match ^[a-z0-9._-]{1,63}$.'],
    ['an empty name', { '': 'a' }, 'The name in labels[""] must match ^[a-z0-9._-]{1,63}$.'],
    [
      'a name that ends with a line break',
      { 'a\n': 'b' },
      'The name in labels["a\\n"] must match ^[a-z0-9._-]{1,63}$.',
    ],
    ['a number', { a: 1 }, 'labels["a"] must be a text.'],
    ['null', { a: null }, 'labels["a"] must be a text.'],
    ['a long text', { a: 'v'.repeat(257) }, 'labels["a"] must have at most 256 characters.'],
  ])('refused: %s', (_what, value, reason) => {
    expect(readLabels(value)).toEqual({ ok: false, reason });
  });

  it('a name that is too long', () => {
    expect(readLabels({ ['k'.repeat(64)]: 'v' }).ok).toBe(false);
  });
});

describe('a filter by label', () => {
  it.each([
    ['team:billing', { key: 'team', value: 'billing' }],
    ['url:https://x:1', { key: 'url', value: 'https://x:1' }],
    ['empty:', { key: 'empty', value: '' }],
    ['team', undefined],
    [':x', undefined],
    ['Team:x', undefined],
    [`a:${'v'.repeat(257)}`, undefined],
  ])('%s', (text, label) => {
    expect(labelOfFilter(text)).toEqual(label);
  });
});
