import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../flow/json.js';
import { filteredSource, matchesSearch, sortValue, type SearchDocument } from './evaluate.js';
import { searchField, type SearchTarget } from './fields.js';
import { readSearch } from './read-search.js';

const TEMPLATE: SearchDocument = {
  ...{ workflow_id: 'K1', name: 'Search of Docs', description: 'All words', use_case: 'SEMANTIC_SEARCH' },
  version: { template: '1.0.0', compatibility: ['2.19.0', '3.0.0'] },
  ...{ created_time: 1_700_000_000_000, tenant_id: 'T' },
  user: { name: 'alice', backend_roles: ['ops', 'dev'] },
};
const STATE: SearchDocument = {
  ...{ workflow_id: 'K1', state: 'COMPLETED', provisioning_progress: 'DONE' },
  resources_created: [
    { resource_type: 'index_name', resource_id: 'a' },
    { resource_type: 'pipeline_id', resource_id: 'b' },
  ],
};

function finds(query: Json, target: SearchTarget = 'template'): boolean {
  const request = readSearch({ query }, target);
  if (!request.ok) throw new Error(request.error.message);
  return matchesSearch(request.value.query, target === 'template' ? TEMPLATE : STATE);
}
const nested = (path: string, query: Json): JsonObject => ({ nested: { path, query } });

test.each<readonly [Json, boolean]>([
  [{ match_all: {} }, true],
  [{ ids: { values: ['K0', 'K1'] } }, true],
  [{ ids: { values: ['K0'] } }, false],
  [{ term: { _id: 'K1' } }, true],
  [{ term: { use_case: 'SEMANTIC_SEARCH' } }, true],
  [{ term: { use_case: 'semantic_search' } }, false],
  [{ term: { use_case: { value: 'semantic_search', case_insensitive: true } } }, true],
  [{ term: { name: 'search' } }, true],
  [{ term: { name: 'Search of Docs' } }, false],
  [{ term: { 'name.keyword': 'Search of Docs' } }, true],
  [{ terms: { use_case: ['a', 'SEMANTIC_SEARCH'] } }, true],
  [{ match: { name: 'docs nothing' } }, true],
  [{ match: { name: { query: 'docs nothing', operator: 'and' } } }, false],
  [{ match: { use_case: 'SEMANTIC' } }, false],
  [{ match_phrase: { name: 'of docs' } }, true],
  [{ match_phrase: { name: 'docs of' } }, false],
  [{ prefix: { use_case: 'SEM' } }, true],
  [{ wildcard: { use_case: 'SEM*_SEA?CH' } }, true],
  [{ wildcard: { use_case: 'SEM?' } }, false],
  [{ exists: { field: 'description' } }, true],
  [{ exists: { field: 'last_provisioned_time' } }, false],
  [{ exists: { field: 'workflows' } }, false],
  [{ range: { created_time: { gte: 1_700_000_000_000, lt: 1_700_000_000_001 } } }, true],
  [{ range: { created_time: { gt: 1_700_000_000_000 } } }, false],
  [{ bool: { must: [{ match: { name: 'docs' } }], must_not: [{ term: { use_case: 'x' } }] } }, true],
  [{ bool: { should: [{ term: { use_case: 'x' } }, { match_all: {} }] } }, true],
  [{ bool: { should: [{ term: { use_case: 'x' } }] } }, false],
  [{ term: { 'user.name': 'alice' } }, false],
  [nested('user', { term: { 'user.backend_roles': 'dev' } }), true],
  [nested('version', { term: { 'version.compatibility': '3.0.0' } }), true],
  [nested('version', { term: { 'version.template': '3.0.0' } }), false],
])('%j: %s', (query, expected) => {
  expect(finds(query)).toBe(expected);
});

test('clauses inside of one nested clause are about one resource', () => {
  const of = (type: string, id: string): Json =>
    nested('resources_created', {
      bool: {
        must: [
          { term: { 'resources_created.resource_type': type } },
          { term: { 'resources_created.resource_id': id } },
        ],
      },
    });
  expect([finds(of('index_name', 'a'), 'state'), finds(of('index_name', 'b'), 'state')]).toEqual([true, false]);
});

test('a source is filtered by paths', () => {
  const source = { name: 'n', workflows: { provision: { nodes: [] } }, version: { template: '1.0.0' } };
  expect(filteredSource(source, { includes: ['name', 'version.*'], excludes: [] })).toEqual({
    ...{ name: 'n', version: { template: '1.0.0' } },
  });
  expect(filteredSource(source, { includes: [], excludes: ['workflows'] })).toEqual({
    ...{ name: 'n', version: { template: '1.0.0' } },
  });
});

test('it is sorted by the first value of a field', () => {
  const field = searchField('template', 'created_time');
  expect(field && sortValue(field, TEMPLATE)).toBe(1_700_000_000_000);
});
