import { assertNever } from '../../assert-never.js';
import type { Json, JsonObject } from '../../flow/json.js';
import { isJsonObject, ownMember } from '../../flow/json.js';
import type { NestedPath, SearchField } from './fields.js';
import type { SearchBounds, SearchQuery, SearchValue, SourceFilter } from './query.js';

/** What is searched: a template or a state as it is shown, with `user` and `tenant_id` whether or not these are. */
export type SearchDocument = JsonObject & { readonly workflow_id: string };

/**
 * Whether a document matches a query (provisioning 14.2). Texts are words of letters and digits in lower case, of which one
 * or all are compared; other fields are compared whole. Of a field with several values one has to match.
 */
export function matchesSearch(query: SearchQuery, document: SearchDocument): boolean {
  return matches(query, document, document.workflow_id, undefined);
}

function matches(query: SearchQuery, object: JsonObject, id: string, inside: NestedPath | undefined): boolean {
  const values = (field: SearchField): readonly SearchValue[] => valuesIn(field, object, id, inside);
  const any = (field: SearchField, test: (value: SearchValue) => boolean): boolean => values(field).some(test);
  switch (query.kind) {
    case 'match_all':
      return true;
    case 'match_none':
      return false;
    case 'ids':
      return query.values.includes(id);
    case 'terms': {
      const wanted = new Set(
        query.values.map((value) => folded(comparable(query.field, value), query.caseInsensitive)),
      );
      return any(query.field, (value) =>
        termsOf(query.field, value).some((term) => wanted.has(folded(term, query.caseInsensitive))),
      );
    }
    case 'match': {
      const wanted = termsOf(query.field, query.text);
      const words = new Set(values(query.field).flatMap((value) => [...termsOf(query.field, value)]));
      const has = (term: string): boolean => words.has(term);
      return wanted.length > 0 && (query.operator === 'and' ? wanted.every(has) : wanted.some(has));
    }
    case 'match_phrase': {
      const wanted = termsOf(query.field, query.text);
      return wanted.length > 0 && any(query.field, (value) => holdsRun(termsOf(query.field, value), wanted));
    }
    case 'prefix':
      return any(query.field, (value) =>
        termsOf(query.field, value).some((term) =>
          folded(term, query.caseInsensitive).startsWith(folded(query.text, query.caseInsensitive)),
        ),
      );
    case 'wildcard':
      return any(query.field, (value) =>
        termsOf(query.field, value).some((term) =>
          fitsWildcard(folded(term, query.caseInsensitive), folded(query.text, query.caseInsensitive)),
        ),
      );
    case 'exists':
      return values(query.field).length > 0;
    case 'range':
      return any(query.field, (value) => isWithin(query.field, value, query));
    case 'bool': {
      const test = (one: SearchQuery): boolean => matches(one, object, id, inside);
      return (
        query.must.every(test) &&
        query.filter.every(test) &&
        !query.mustNot.some(test) &&
        query.should.filter(test).length >= query.minimumShouldMatch
      );
    }
    case 'nested': {
      const found = ownMember(object, query.path);
      const parts = Array.isArray(found) ? found : found === undefined ? [] : [found];
      return parts.some((part) => isJsonObject(part) && matches(query.query, part, id, query.path));
    }
    default:
      return assertNever(query);
  }
}

/** All values of a field; of one inside a nested object only where that is looked into. */
function valuesIn(
  { name, nested }: SearchField,
  object: JsonObject,
  id: string,
  inside: NestedPath | undefined,
): readonly SearchValue[] {
  if (name === '_id' || name === 'workflow_id') return [id];
  if (nested !== inside) return [];
  const member = nested === undefined ? name : name.slice(nested.length + 1);
  const value: Json = ownMember(object, member) ?? null;
  return (Array.isArray(value) ? value : [value]).filter(
    (one): one is SearchValue => one !== null && typeof one !== 'object',
  );
}

/** The first value of a field outside of nested objects, to sort by. */
export const sortValue = (field: SearchField, document: SearchDocument): SearchValue | undefined =>
  valuesIn(field, document, document.workflow_id, undefined)[0];

const WORDS = /[\p{L}\p{N}_]+/gu;

function termsOf(field: SearchField, value: SearchValue): readonly string[] {
  if (field.kind !== 'text') return [comparable(field, value)];
  return [...String(value).toLowerCase().matchAll(WORDS)].map(([word]) => word);
}

const comparable = ({ kind }: SearchField, value: SearchValue): string =>
  kind === 'time' ? String(timeOf(value)) : String(value);

const folded = (text: string, caseInsensitive: boolean): string => (caseInsensitive ? text.toLowerCase() : text);

/** Milliseconds; a date as RFC 3339 has it is one as well. */
function timeOf(value: SearchValue): number {
  const number = Number(value);
  return typeof value === 'string' && Number.isNaN(number) ? Date.parse(value) : number;
}

const holdsRun = (words: readonly string[], wanted: readonly string[]): boolean =>
  words.some((_, start) => wanted.every((word, index) => words[start + index] === word));

function isWithin(field: SearchField, value: SearchValue, { gt, gte, lt, lte }: SearchBounds): boolean {
  const compared = (bound: SearchValue): number => {
    if (field.kind !== 'time') return String(value) < String(bound) ? -1 : String(value) > String(bound) ? 1 : 0;
    return timeOf(value) - timeOf(bound);
  };
  return (
    (gt === undefined || compared(gt) > 0) &&
    (gte === undefined || compared(gte) >= 0) &&
    (lt === undefined || compared(lt) < 0) &&
    (lte === undefined || compared(lte) <= 0)
  );
}

/** `*` is any text, `?` any character, a backslash makes the next one ordinary. Takes time of the product of both lengths at most. */
function fitsWildcard(text: string, pattern: string): boolean {
  let [at, from] = [0, 0];
  let star: { readonly pattern: number; readonly text: number } | undefined;
  while (at < text.length) {
    const sign = pattern[from];
    const isEscaped = sign === '\\' && from + 1 < pattern.length;
    const literal = isEscaped ? pattern[from + 1] : sign;
    if (!isEscaped && sign === '*') {
      star = { pattern: from + 1, text: at };
      from += 1;
    } else if ((!isEscaped && sign === '?') || literal === text[at]) {
      at += 1;
      from += isEscaped ? 2 : 1;
    } else if (star !== undefined) {
      star = { pattern: star.pattern, text: star.text + 1 };
      [at, from] = [star.text, star.pattern];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(from));
}

/** What of a document is shown: members by their paths with dots, `*` for any text in one. */
export function filteredSource(source: JsonObject, { includes, excludes }: SourceFilter): JsonObject {
  const fits = (path: string, patterns: readonly string[]): boolean =>
    patterns.some((pattern) => fitsWildcard(path, pattern) || fitsWildcard(path, `${pattern}.*`));
  const leads = (path: string, patterns: readonly string[]): boolean =>
    patterns.some((pattern) => pattern.startsWith(`${path}.`) || pattern.includes('*'));
  const inside = (object: JsonObject, prefix: string): JsonObject =>
    Object.fromEntries(
      Object.entries(object).flatMap(([name, value]): [string, Json][] => {
        const path = prefix + name;
        if (fits(path, excludes)) return [];
        const isIn = includes.length === 0 || fits(path, includes);
        if (!isJsonObject(value)) return isIn ? [[name, value]] : [];
        if (!isIn && !leads(path, includes)) return [];
        const kept = inside(value, `${path}.`);
        return isIn || Object.keys(kept).length > 0 ? [[name, kept]] : [];
      }),
    );
  return inside(source, '');
}
