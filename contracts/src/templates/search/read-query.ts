import type { Json } from '../../flow/json.js';
import { isJsonObject } from '../../flow/json.js';
import type { SearchField, SearchTarget } from './fields.js';
import { nestedPaths, searchField } from './fields.js';
import type { SearchBounds, SearchQuery } from './query.js';
import { countIn, fieldOf, flagIn, listOf, malformed, membersOf, textIn, valueIn } from './read-members.js';

/** Deepest nesting of clauses, and most of them in a query; also most values of a clause. */
const MAX_DEPTH = 20;
const MAX_CLAUSES = 1024;
const MAX_VALUES = 65_536;

type Place = {
  readonly target: SearchTarget;
  /** Path of the `nested` clause around it. */
  readonly nested?: string;
  readonly depth: number;
  readonly count: { clauses: number };
};

type Reader = (value: Json, place: Place) => SearchQuery;

const READERS: Readonly<Record<string, Reader>> = {
  match_all: (value) => {
    membersOf(value, 'match_all', []);
    return { kind: 'match_all' };
  },
  ids: (value) => ({
    kind: 'ids',
    values: valuesIn(membersOf(value, 'ids', ['values'])['values'], 'ids').map(String),
  }),
  term: (value, place) => {
    const { name, members } = fieldOf(value, 'term', ['value', 'case_insensitive'], 'value');
    const values = [valueIn(members['value'], 'term')];
    const caseInsensitive = flagIn(members['case_insensitive'], 'term');
    return onField(name, place, (field) => ({ kind: 'terms', field, values, caseInsensitive }));
  },
  terms: (value, place) => {
    const { name, members } = fieldOf(value, 'terms', [], 'values');
    const values = valuesIn(members['values'], 'terms');
    return onField(name, place, (field) => ({ kind: 'terms', field, values, caseInsensitive: false }));
  },
  match: (value, place) => {
    const { name, members } = fieldOf(value, 'match', ['query', 'operator'], 'query');
    const text = valueIn(members['query'], 'match');
    const operator = textIn(members['operator'] ?? 'or', 'match').toLowerCase();
    if (operator !== 'or' && operator !== 'and') {
      return malformed(`[match] query has the unknown operator [${operator}]`);
    }
    return onField(name, place, (field) => ({ kind: 'match', field, text, operator }));
  },
  match_phrase: (value, place) => {
    const { name, members } = fieldOf(value, 'match_phrase', ['query'], 'query');
    const text = valueIn(members['query'], 'match_phrase');
    return onField(name, place, (field) => ({ kind: 'match_phrase', field, text }));
  },
  prefix: (value, place) => readPattern('prefix', ['value', 'case_insensitive'], value, place),
  wildcard: (value, place) => readPattern('wildcard', ['value', 'wildcard', 'case_insensitive'], value, place),
  exists: (value, place) => readExists(textIn(membersOf(value, 'exists', ['field'])['field'], 'exists'), place),
  range: (value, place) => {
    const { name, members } = fieldOf(value, 'range', ['gt', 'gte', 'lt', 'lte', 'format'], undefined);
    const bounds = Object.entries(members)
      .filter(([bound, limit]) => ['gt', 'gte', 'lt', 'lte'].includes(bound) && limit !== null)
      .map(([bound, limit]) => [bound, valueIn(limit, 'range')]);
    return onField(name, place, (field) => ({
      kind: 'range',
      field,
      ...(Object.fromEntries(bounds) as SearchBounds),
    }));
  },
  bool: readBool,
  nested: (value, place) => {
    const members = membersOf(value, 'nested', ['path', 'query', 'score_mode', 'ignore_unmapped']);
    const path = textIn(members['path'], 'nested');
    const known = nestedPaths(place.target).find((one) => one === path);
    if (known === undefined) {
      return malformed(`[nested] failed to find nested object under path [${path}]`);
    }
    const query = readQuery(members['query'] ?? null, { ...place, nested: known, depth: place.depth + 1 });
    return { kind: 'nested', path: known, query };
  },
};

/** Reads a query. Ends the present `checked` at the first clause that is not supported or malformed, naming it. */
export function readSearchQuery(value: Json, target: SearchTarget): SearchQuery {
  return readQuery(value, { target, depth: 1, count: { clauses: 0 } });
}

function readQuery(value: Json, place: Place): SearchQuery {
  if (place.depth > MAX_DEPTH) {
    return malformed(`the query exceeds the maximum nested depth of [${MAX_DEPTH}]`);
  }
  place.count.clauses += 1;
  if (place.count.clauses > MAX_CLAUSES) {
    return malformed(`too_many_clauses: maxClauseCount is set to ${MAX_CLAUSES}`);
  }
  if (!isJsonObject(value)) {
    return malformed('[_na] query malformed, must start with start_object');
  }
  const [clause, second] = Object.keys(value);
  if (clause === undefined) {
    return malformed('query malformed, empty clause found');
  }
  if (second !== undefined) {
    return malformed(`[${clause}] malformed query, expected [END_OBJECT] but found [FIELD_NAME] [${second}]`);
  }
  const reader = Object.hasOwn(READERS, clause) ? READERS[clause] : undefined;
  return reader === undefined ? malformed(`unknown query [${clause}]`) : reader(value[clause] ?? null, place);
}

function readBool(value: Json, place: Place): SearchQuery {
  const names = ['must', 'filter', 'should', 'must_not', 'minimum_should_match', 'adjust_pure_negative'];
  const members = membersOf(value, 'bool', names);
  const inner = { ...place, depth: place.depth + 1 };
  const clauses = (name: string): SearchQuery[] => listOf(members[name] ?? []).map((one) => readQuery(one, inner));
  const must = clauses('must');
  const filter = clauses('filter');
  const should = clauses('should');
  const wanted = members['minimum_should_match'];
  const implied = should.length > 0 && must.length + filter.length === 0 ? 1 : 0;
  const minimumShouldMatch = wanted === undefined ? implied : countIn(wanted, 'bool');
  return { kind: 'bool', must, filter, should, mustNot: clauses('must_not'), minimumShouldMatch };
}

/** A nested object that is looked into is there. */
function readExists(name: string, place: Place): SearchQuery {
  return name === place.nested ? { kind: 'match_all' } : onField(name, place, (field) => ({ kind: 'exists', field }));
}

function readPattern(kind: 'prefix' | 'wildcard', known: readonly string[], value: Json, place: Place): SearchQuery {
  const { name, members } = fieldOf(value, kind, known, 'value');
  const text = textIn(members['value'] ?? members['wildcard'], kind);
  const caseInsensitive = flagIn(members['case_insensitive'], kind);
  return onField(name, place, (field) => ({ kind, field, text, caseInsensitive }));
}

function valuesIn(value: Json | undefined, clause: string): (string | number | boolean)[] {
  if (!Array.isArray(value)) {
    return malformed(`[${clause}] query requires an array of values`);
  }
  return value.length > MAX_VALUES
    ? malformed(`[${clause}] query has more than ${MAX_VALUES} values`)
    : value.map((one) => valueIn(one, clause));
}

/** A clause about a field, or one that matches nothing where the field cannot be seen. */
function onField(name: string, { target, nested }: Place, clause: (field: SearchField) => SearchQuery): SearchQuery {
  const field = searchField(target, name);
  return field === undefined || field.nested !== nested ? { kind: 'match_none' } : clause(field);
}
