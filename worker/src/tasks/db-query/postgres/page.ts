import { noPlaceHere, placeIn } from '../list-input.js';
import type { TableQuery } from '../table-query.js';
import type { Binder } from './binder.js';
import { columnNamed, type Column, type Relation } from './relation.js';

type OrderKey = { readonly column: Column; readonly descending: boolean };

/** The order of a list: what was asked for, made total by the primary key where the table has one. */
export type Order = { readonly keys: readonly OrderKey[]; readonly isTotal: boolean };

/**
 * Where a page ended. Of a total order the key of its last row, so that rows added or removed meanwhile shift nothing;
 * without one the number of rows before it.
 */
type Place = { readonly order: string; readonly last?: readonly (string | null)[]; readonly offset?: number };

/** @throws TaskError `SCHEMA_ERROR` for unknown fields */
export function orderOf({ sort }: TableQuery, relation: Relation): Order {
  const keys = new Map<string, OrderKey>();
  for (const [index, { field, descending }] of sort.entries()) {
    const column = columnNamed(relation, field, `/sort/${index}/field`);
    if (!keys.has(field)) keys.set(field, { column, descending });
  }
  const primary = [...relation.columns.values()].filter(({ inPrimaryKey }) => inPrimaryKey);
  for (const column of primary) {
    if (!keys.has(column.name)) keys.set(column.name, { column, descending: false });
  }
  return { keys: [...keys.values()], isTotal: primary.length > 0 };
}

/** For a relation that is called `t`: a name alone would mean a column of the output. */
export const orderBy = ({ keys }: Order): string =>
  keys.length === 0
    ? ''
    : ` ORDER BY ${keys.map(({ column, descending }) => `t.${column.sql}${descending ? ' DESC' : ' ASC'}`).join(', ')}`;

/** The order's columns as texts, which read back as the same values. */
export const keyTexts = ({ keys }: Order): readonly string[] => keys.map(({ column }) => `${column.sql}::text`);

/** `next` of a page that is not the last. */
export function placeAfter(order: Order, lastKey: readonly (string | null)[], rowsBefore: number): string {
  const place: Place = order.isTotal
    ? { order: nameOf(order), last: lastKey }
    : { order: nameOf(order), offset: rowsBefore };
  return Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');
}

/** What a place means for the next statement. */
export type Start = { readonly conditions: readonly string[]; readonly offset: number };

/** @throws TaskError `VALIDATION_ERROR` for a text that is no place, or one of a list in another order */
export function startAfter(text: string | undefined, order: Order, binder: Binder): Start {
  if (text === undefined) return { conditions: [], offset: 0 };
  const { last, offset } = readPlace(text, order);
  return last === undefined ? { conditions: [], offset } : { conditions: [isAfter(order, last, binder)], offset: 0 };
}

function readPlace(
  text: string,
  order: Order,
): { readonly last?: readonly (string | null)[]; readonly offset: number } {
  const place = placeIn<Place>(text);
  if (place?.order !== nameOf(order)) throw noPlaceHere();
  const { last, offset } = place;
  if (order.isTotal) {
    const fits =
      Array.isArray(last) &&
      last.length === order.keys.length &&
      last.every((value) => value === null || typeof value === 'string');
    if (!fits) throw noPlaceHere();
    return { last, offset: 0 };
  }
  if (!Number.isSafeInteger(offset) || offset === undefined || offset < 0) throw noPlaceHere();
  return { offset };
}

const nameOf = ({ keys }: Order): string =>
  JSON.stringify(keys.map(({ column, descending }) => [column.name, descending]));

/** Rows after `last` in an order in which nulls come last (ascending) or first (descending). */
function isAfter({ keys }: Order, last: readonly (string | null)[], binder: Binder): string {
  const texts = last.map((value) => ({ isNull: value === null, placeholder: binder.text(value) }));
  const ties = keys.map(({ column }, index) => `${column.sql} IS NOT DISTINCT FROM ${texts[index]?.placeholder}`);
  const later = keys.map(({ column: { sql }, descending }, index) => {
    const { isNull = true, placeholder } = texts[index] ?? {};
    if (isNull) return descending ? `${sql} IS NOT NULL` : 'FALSE';
    return descending ? `${sql} < ${placeholder}` : `(${sql} > ${placeholder} OR ${sql} IS NULL)`;
  });
  const cases = later.map((condition, index) => `(${[...ties.slice(0, index), condition].join(' AND ')})`);
  return `(${cases.join(' OR ')})`;
}
