import type { NestedPath, SearchField, SearchTarget } from './fields.js';

/** Something a field is compared with. */
export type SearchValue = string | number | boolean;

/** A checked query. A field that does not exist, or that only a `nested` clause reaches, has become `match_none`. */
export type SearchQuery =
  | { readonly kind: 'match_all' | 'match_none' }
  | { readonly kind: 'ids'; readonly values: readonly string[] }
  | {
      readonly kind: 'terms';
      readonly field: SearchField;
      /** One of them. */
      readonly values: readonly SearchValue[];
      readonly caseInsensitive: boolean;
    }
  | {
      /** Words: of a text field any or all of them, of another the whole value. */
      readonly kind: 'match';
      readonly field: SearchField;
      readonly text: SearchValue;
      readonly operator: 'or' | 'and';
    }
  | { readonly kind: 'match_phrase'; readonly field: SearchField; readonly text: SearchValue }
  | {
      readonly kind: 'prefix' | 'wildcard';
      readonly field: SearchField;
      /** Of a wildcard: `*` is any text, `?` any character, a backslash makes the next one ordinary. */
      readonly text: string;
      readonly caseInsensitive: boolean;
    }
  | { readonly kind: 'exists'; readonly field: SearchField }
  | ({ readonly kind: 'range'; readonly field: SearchField } & SearchBounds)
  | {
      readonly kind: 'bool';
      readonly must: readonly SearchQuery[];
      readonly filter: readonly SearchQuery[];
      readonly should: readonly SearchQuery[];
      readonly mustNot: readonly SearchQuery[];
      /** How many of `should` have to match. */
      readonly minimumShouldMatch: number;
    }
  | { readonly kind: 'nested'; readonly path: NestedPath; readonly query: SearchQuery };

/** Bounds of a range, those that are given. */
export type SearchBounds = {
  readonly gt?: SearchValue;
  readonly gte?: SearchValue;
  readonly lt?: SearchValue;
  readonly lte?: SearchValue;
};

export type SearchSort = {
  /** A field, the score (all are equal) or the order of documents. */
  readonly by: SearchField | '_score' | '_doc';
  readonly order: 'asc' | 'desc';
};

/** Which members of a hit are shown. */
export type SourceFilter = {
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
};

/** A checked search request. */
export type SearchRequest = {
  readonly target: SearchTarget;
  readonly query: SearchQuery;
  readonly from: number;
  readonly size: number;
  readonly sort: readonly SearchSort[];
  /** False shows no document; undefined when the request has no `_source` clause, or `true`. */
  readonly source?: false | SourceFilter;
  /** Whether the request has a `_source` clause: then `ui_metadata` is not shown. */
  readonly hasSourceClause: boolean;
  /** Hits are counted exactly, not at all, or up to this many. */
  readonly trackTotalHits: boolean | number;
};
