import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passed, refused } from '../../../test/templates.js';
import type { SearchTarget } from './fields.js';
import { readSearch } from './read-search.js';

const query = (clause: object, target: SearchTarget = 'template') =>
  passed(readSearch({ query: clause }, target)).query;
const NONE = { kind: 'match_none' };
const NAME = { name: 'name', kind: 'text' };
const USE_CASE = { name: 'use_case', kind: 'keyword' };

describe('clauses', () => {
  test.each<[object, object]>([
    [{ match_all: {} }, { kind: 'match_all' }],
    [{ match_all: { boost: 2 } }, { kind: 'match_all' }],
    [{ ids: { values: ['a', 5] } }, { kind: 'ids', values: ['a', '5'] }],
    [{ term: { use_case: 'x' } }, { kind: 'terms', field: USE_CASE, values: ['x'], caseInsensitive: false }],
    [
      { term: { use_case: { value: 'x', case_insensitive: true } } },
      { kind: 'terms', field: USE_CASE, values: ['x'], caseInsensitive: true },
    ],
    [
      { term: { 'name.keyword': 'x' } },
      { kind: 'terms', field: { name: 'name', kind: 'keyword' }, values: ['x'], caseInsensitive: false },
    ],
    [
      { terms: { use_case: ['x', 'y'], boost: 1 } },
      { kind: 'terms', field: USE_CASE, values: ['x', 'y'], caseInsensitive: false },
    ],
    [{ match: { name: 'a b' } }, { kind: 'match', field: NAME, text: 'a b', operator: 'or' }],
    [
      { match: { name: { query: 'a b', operator: 'AND' } } },
      { kind: 'match', field: NAME, text: 'a b', operator: 'and' },
    ],
    [{ match_phrase: { name: 'a b' } }, { kind: 'match_phrase', field: NAME, text: 'a b' }],
    [{ prefix: { use_case: 'x' } }, { kind: 'prefix', field: USE_CASE, text: 'x', caseInsensitive: false }],
    [
      { wildcard: { use_case: { wildcard: 'x*' } } },
      { kind: 'wildcard', field: USE_CASE, text: 'x*', caseInsensitive: false },
    ],
    [{ exists: { field: 'use_case' } }, { kind: 'exists', field: USE_CASE }],
    [
      { range: { created_time: { gte: 5, lt: '9' } } },
      { kind: 'range', field: { name: 'created_time', kind: 'time' }, gte: 5, lt: '9' },
    ],
    [
      { nested: { path: 'user', query: { term: { 'user.name.keyword': 'ann' } } } },
      {
        kind: 'nested',
        path: 'user',
        query: {
          kind: 'terms',
          field: { name: 'user.name', kind: 'keyword', nested: 'user' },
          values: ['ann'],
          caseInsensitive: false,
        },
      },
    ],
    [
      {
        bool: {
          must: { match_all: {} },
          filter: [{ exists: { field: 'name' } }],
          should: [{ match_all: {} }],
          must_not: [],
        },
      },
      {
        kind: 'bool',
        must: [{ kind: 'match_all' }],
        filter: [{ kind: 'exists', field: NAME }],
        should: [{ kind: 'match_all' }],
        mustNot: [],
        minimumShouldMatch: 0,
      },
    ],
    [
      { bool: { should: [{ match_all: {} }] } },
      { kind: 'bool', must: [], filter: [], should: [{ kind: 'match_all' }], mustNot: [], minimumShouldMatch: 1 },
    ],
  ])('%j', (clause, expected) => {
    expect(query(clause)).toEqual(expected);
  });

  test('fields that cannot be searched match nothing', () => {
    for (const field of [
      'ui_metadata',
      'workflows',
      'credential',
      'constructor',
      'version.template',
      'user.name',
      'state',
    ]) {
      expect(query({ term: { [field]: 'x' } })).toEqual(NONE);
    }
    expect(query({ nested: { path: 'user', query: { term: { name: 'x' } } } })).toMatchObject({ query: NONE });
    expect(query({ exists: { field: 'resources_created.resource_id' } }, 'state')).toEqual(NONE);
    expect(query({ exists: { field: 'user' } })).toEqual(NONE);
  });

  test('a nested object exists where it is looked into', () => {
    const clause = { nested: { path: 'user', query: { exists: { field: 'user' } } } };
    expect(query(clause)).toMatchObject({ query: { kind: 'match_all' } });
  });

  test('resources of states are reached by nested', () => {
    const clause = {
      nested: { path: 'resources_created', query: { term: { 'resources_created.resource_id': 'I1' } } },
    };
    expect(query(clause, 'state')).toMatchObject({
      kind: 'nested',
      path: 'resources_created',
      query: { values: ['I1'] },
    });
    expect(refused(readSearch({ query: clause }, 'template')).message).toBe(
      '[nested] failed to find nested object under path [resources_created]',
    );
  });
});

describe('refusals name the clause', () => {
  let deep: object = { match_all: {} };
  for (let level = 0; level < 21; level++) deep = { bool: { must: [deep] } };

  test.each<[string, unknown]>([
    ['unknown query [fuzzy]', { query: { fuzzy: { name: 'x' } } }],
    ['unknown query [query_string]', { query: { query_string: { query: 'x' } } }],
    ['unknown query [constructor]', { query: { constructor: {} } }],
    ['unknown query [script]', { query: { bool: { filter: { script: {} } } } }],
    ['[match] query does not support [fuzziness]', { query: { match: { name: { query: 'x', fuzziness: 1 } } } }],
    ['[match_all]', { query: { match_all: { x: 1 } } }],
    ["[term] query doesn't support multiple fields", { query: { term: { name: 'x', use_case: 'y' } } }],
    ['[term]', { query: { term: { name: ['x'] } } }],
    ['[terms] query requires an array', { query: { terms: { name: 'x' } } }],
    ['[match_all] malformed query', { query: { match_all: {}, term: {} } }],
    ['empty clause', { query: {} }],
    ['maximum nested depth', { query: deep }],
    ['too_many_clauses', { query: { bool: { should: Array.from({ length: 1500 }, () => ({ match_all: {} })) } } }],
    ['[aggs]', { aggs: {} }],
    ['[highlight]', { query: { match_all: {} }, highlight: {} }],
    ['[from] parameter cannot be negative', { from: -1 }],
    ['[size] parameter cannot be negative', { size: -1 }],
    ['[size]', { size: 'many' }],
    ['Result window is too large', { from: 9_995, size: 10 }],
    ['No mapping found for [nope]', { sort: [{ nope: 'asc' }] }],
    ['[name.keyword]', { sort: 'name' }],
    ['[mode]', { sort: [{ created_time: { order: 'asc', mode: 'min' } }] }],
    ['[_source]', { _source: { only: [] } }],
    ['START_OBJECT', []],
    ['request body is required', undefined],
  ])('%s', (text, body) => {
    const { status, message, type } = refused(readSearch(body, 'template'));
    expect(status).toBe(400);
    expect(message).toContain(text);
    expect(type).toBeDefined();
  });
});

test('the rest of a request', () => {
  expect(passed(readSearch({}, 'template'))).toEqual({
    target: 'template',
    query: { kind: 'match_all' },
    from: 0,
    size: 10,
    sort: [],
    hasSourceClause: false,
    trackTotalHits: 10_000,
  });
  const body = {
    from: 5,
    size: 0,
    sort: ['_score', { created_time: { order: 'DESC' } }, { 'name.keyword': 'asc' }],
    _source: ['name', 'version.*'],
    track_total_hits: true,
  };
  expect(passed(readSearch(body, 'template'))).toMatchObject({
    from: 5,
    size: 0,
    sort: [
      { by: '_score', order: 'desc' },
      { by: { name: 'created_time' }, order: 'desc' },
      { by: { name: 'name', kind: 'keyword' }, order: 'asc' },
    ],
    source: { includes: ['name', 'version.*'], excludes: [] },
    hasSourceClause: true,
    trackTotalHits: true,
  });
  expect(passed(readSearch({ _source: false }, 'state')).source).toBe(false);
  expect(passed(readSearch({ _source: { excludes: 'error' } }, 'state')).source).toEqual({
    includes: [],
    excludes: ['error'],
  });
});

test('no body makes it throw', () => {
  const words = [
    'query',
    'bool',
    'must',
    'term',
    'name',
    'nested',
    'path',
    'user',
    'range',
    'values',
    'ids',
    'sort',
    'size',
    '_source',
  ];
  const body = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom<unknown>(...words, 1, null, true),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...words), tie('node'), { maxKeys: 2 }),
    ),
  })).node;
  fc.assert(
    fc.property(body, fc.constantFrom('template' as const, 'state' as const), (value, target) => {
      const result = readSearch(value, target);
      expect(result.ok ? 400 : result.error.status).toBe(400);
    }),
  );
});

test('a query is bounded as a whole, since every document is compared with all of it', () => {
  const ofLength = (length: number) => readSearch({ query: { wildcard: { name: '*'.repeat(length) } } }, 'template');
  expect(ofLength(30_000).ok).toBe(true);
  expect(ofLength(33_000)).toEqual({
    ok: false,
    error: expect.objectContaining({
      status: 400,
      message: 'the query is longer than [32768] characters: ask in parts',
    }) as unknown,
  });
});

test('what hits are put in order by, and what is shown of them, is bounded', () => {
  const messageOf = (body: object): string => {
    const result = readSearch(body, 'template');
    return result.ok ? 'fits' : result.error.message;
  };
  const sorts = (count: number) => Array.from({ length: count }, () => ({ created_time: 'asc' }));
  expect(messageOf({ sort: sorts(16) })).toBe('fits');
  expect(messageOf({ sort: sorts(17) })).toBe('[sort] has [17] values, and may have [16]');
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`f${index}`, 'asc']));
  expect(messageOf({ sort: [many] })).toBe('[sort] has [17] values, and may have [16]');
  const patterns = (count: number) => Array.from({ length: count }, () => 'n*');
  expect(messageOf({ _source: patterns(100) })).toBe('fits');
  expect(messageOf({ _source: { excludes: patterns(101) } })).toBe('[_source] has [101] patterns, and may have [100]');
  expect(messageOf({ _source: '*'.repeat(4_096) })).toBe('fits');
  expect(messageOf({ _source: '*'.repeat(4_097) })).toBe(
    'the patterns of [_source] are longer than [4096] characters together',
  );
});
