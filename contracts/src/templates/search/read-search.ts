import type { Json } from '../../flow/json.js';
import { isJsonObject } from '../../flow/json.js';
import type { Checked } from '../errors.js';
import { checked, refuse } from '../errors.js';
import { isWithinBounds } from '../json-walk.js';
import type { SearchTarget } from './fields.js';
import { searchField } from './fields.js';
import type { SearchRequest, SearchSort, SourceFilter } from './query.js';
import { countIn, listOf, malformed, textIn } from './read-members.js';
import { readSearchQuery } from './read-query.js';

/** Furthest hit that can be asked for. */
const MAX_WINDOW = 10_000;
const DEFAULT_SIZE = 10;
/** Longest query, as compact JSON: what one document costs to compare is bounded by it and by what is searched of a text. */
const MAX_QUERY_CHARS = 32_768;
/** Most values that hits are put in order by, of a search. */
const MAX_SORTS = 16;
/** Most patterns of `_source`, and their characters together: each is compared with every path of every hit. */
const MAX_SOURCE_PATTERNS = 100;
const MAX_SOURCE_CHARS = 4_096;

const MEMBERS = ['query', 'from', 'size', 'sort', '_source', 'track_total_hits', 'version', 'seq_no_primary_term'];

/**
 * A search request, checked (provisioning 14.2). Says nothing of who may see what: that is added where it is evaluated.
 *
 * @param body undefined when there is none
 */
export function readSearch(body: unknown, target: SearchTarget): Checked<SearchRequest> {
  return checked(() => {
    if (body === undefined) {
      refuse(400, 'request body is required', 'parse_exception');
    }
    if (!isJsonObject(body) || !isWithinBounds(body)) {
      return malformed('Expected [START_OBJECT] but found another value');
    }
    const other = Object.keys(body).find((name) => !MEMBERS.includes(name));
    if (other !== undefined) {
      malformed(`Unknown key [${other}] in a search request.`);
    }
    if (JSON.stringify(body['query'] ?? null).length > MAX_QUERY_CHARS) {
      malformed(`the query is longer than [${MAX_QUERY_CHARS}] characters: ask in parts`);
    }
    const [from, size] = readWindow(body['from'] ?? 0, body['size'] ?? DEFAULT_SIZE);
    const source = readSource(body['_source']);
    return {
      target,
      query: body['query'] === undefined ? { kind: 'match_all' } : readSearchQuery(body['query'], target),
      from,
      size,
      sort: readSorts(body['sort'] ?? [], target),
      ...(source === undefined ? {} : { source }),
      hasSourceClause: body['_source'] !== undefined,
      trackTotalHits: readTrackTotalHits(body['track_total_hits']),
    };
  });
}

function readWindow(fromValue: Json, sizeValue: Json): readonly [from: number, size: number] {
  const from = countIn(fromValue, 'from');
  const size = countIn(sizeValue, 'size');
  if (from < 0) {
    malformed(`[from] parameter cannot be negative but was [${from}]`);
  }
  if (size < 0) {
    malformed(`[size] parameter cannot be negative, found [${size}]`);
  }
  if (from + size > MAX_WINDOW) {
    const limit = `from + size must be less than or equal to: [${MAX_WINDOW}] but was [${from + size}].`;
    refuse(400, `Result window is too large, ${limit}`, 'illegal_argument_exception');
  }
  return [from, size];
}

function readSorts(value: Json, target: SearchTarget): SearchSort[] {
  const given = listOf(value);
  const count = given.reduce<number>((sum, one) => sum + (isJsonObject(one) ? Object.keys(one).length : 1), 0);
  if (count > MAX_SORTS) {
    malformed(`[sort] has [${count}] values, and may have [${MAX_SORTS}]`);
  }
  return given.flatMap((one) => readSort(one, target));
}

function readSort(value: Json, target: SearchTarget): SearchSort[] {
  if (typeof value === 'string') {
    return [sortBy(value, value === '_score' ? 'desc' : 'asc', target)];
  }
  if (!isJsonObject(value)) {
    return malformed('[sort] needs names of fields or objects');
  }
  return Object.entries(value).map(([name, said]) => {
    const members = isJsonObject(said) ? said : { order: said };
    const other = Object.keys(members).find((member) => !SORT_MEMBERS.includes(member));
    if (other !== undefined) {
      malformed(`[sort] of [${name}] does not support [${other}]`);
    }
    const order = textIn(members['order'] ?? (name === '_score' ? 'desc' : 'asc'), 'sort').toLowerCase();
    return order === 'asc' || order === 'desc'
      ? sortBy(name, order, target)
      : malformed(`[sort] of [${name}] has the unknown order [${order}]`);
  });
}

const SORT_MEMBERS = ['order', 'missing', 'unmapped_type'];

function sortBy(name: string, order: 'asc' | 'desc', target: SearchTarget): SearchSort {
  if (name === '_score' || name === '_doc') {
    return { by: name, order };
  }
  const field = searchField(target, name);
  if (field === undefined || field.nested !== undefined) {
    return malformed(`[sort] No mapping found for [${name}] in order to sort on`);
  }
  return field.kind === 'text'
    ? malformed(`[sort] Text fields are not optimised for sorting: use [${name}.keyword]`)
    : { by: field, order };
}

function readSource(value: Json | undefined): false | SourceFilter | undefined {
  if (value === undefined || value === true) {
    return undefined;
  }
  if (value === false) {
    return false;
  }
  if (!isJsonObject(value)) {
    return { includes: patterns(value), excludes: [] };
  }
  const other = Object.keys(value).find((name) => !SOURCE_MEMBERS.includes(name));
  if (other !== undefined) {
    malformed(`[_source] does not support [${other}]`);
  }
  return {
    includes: patterns(value['includes'] ?? value['include'] ?? []),
    excludes: patterns(value['excludes'] ?? value['exclude'] ?? []),
  };
}

const SOURCE_MEMBERS = ['includes', 'include', 'excludes', 'exclude'];

function patterns(value: Json): string[] {
  const given = listOf(value);
  if (given.length > MAX_SOURCE_PATTERNS) {
    malformed(`[_source] has [${given.length}] patterns, and may have [${MAX_SOURCE_PATTERNS}]`);
  }
  const texts = given.map((one) => (typeof one === 'string' ? one : malformed('[_source] needs names of fields')));
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  return length > MAX_SOURCE_CHARS
    ? malformed(`the patterns of [_source] are longer than [${MAX_SOURCE_CHARS}] characters together`)
    : texts;
}

function readTrackTotalHits(value: Json | undefined): boolean | number {
  if (value === undefined) {
    return MAX_WINDOW;
  }
  return typeof value === 'boolean' ? value : countIn(value, 'track_total_hits');
}
