import type { Json, JsonObject } from '@flowplane/contracts';
import { isJsonObject } from '@flowplane/contracts/flow/json';
import { pointerTo } from '@flowplane/contracts/flow/pointer';
import { finalError } from '../../task-error.js';
import type { TableQuery } from '../table-query.js';
import type { Binder } from './binder.js';
import { columnNamed, rowIdColumn, type Column, type Relation } from './relation.js';

const invalid = (message: string): Error => finalError('VALIDATION_ERROR', message);

/**
 * Conditions of `filter` and `rowId`, all of which must hold: field → value for equality, or field → operators. A null
 * equals null; `ne` holds for null where the value is none.
 *
 * @throws TaskError `SCHEMA_ERROR` for unknown fields, `VALIDATION_ERROR` for unknown operators and values that do not fit
 */
export function conditionsOf(query: TableQuery, relation: Relation, binder: Binder): readonly string[] {
  const { filter, rowId } = query;
  const byFilter = Object.entries(filter).flatMap(([field, wanted]) => {
    const pointer = pointerTo('/filter', field);
    const column = columnNamed(relation, field, pointer);
    return isJsonObject(wanted)
      ? byOperators(column, wanted, pointer, binder)
      : [equals(column, wanted, pointer, binder)];
  });
  return rowId === undefined ? byFilter : [...byFilter, equals(rowIdColumn(relation), rowId, '/rowId', binder)];
}

export const whereOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;

function byOperators(column: Column, operators: JsonObject, pointer: string, binder: Binder): readonly string[] {
  const entries = Object.entries(operators);
  if (entries.length === 0) throw invalid(`${pointer} must hold a value or at least one operator`);
  return entries.map(([operator, value]) => condition(column, operator, value, pointerTo(pointer, operator), binder));
}

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
]);

function condition(column: Column, operator: string, value: Json, pointer: string, binder: Binder): string {
  switch (operator) {
    case 'eq':
      return equals(column, value, pointer, binder);
    case 'ne':
      return value === null
        ? `${column.sql} IS NOT NULL`
        : `${column.sql} IS DISTINCT FROM ${binder.bind(column, value, pointer)}`;
    case 'in':
      return isOneOf(column, value, pointer, binder);
    case 'like':
      if (typeof value !== 'string') throw invalid(`${pointer} must be a text`);
      return `${column.sql} LIKE ${binder.text(value)}`;
    default: {
      const sql = COMPARISONS.get(operator);
      if (sql === undefined) throw invalid(`${pointer}: an operator is one of eq, ne, lt, lte, gt, gte, in, like`);
      if (value === null) throw invalid(`${pointer} must not be null: nothing is before or after it`);
      return `${column.sql} ${sql} ${binder.bind(column, value, pointer)}`;
    }
  }
}

const equals = (column: Column, value: Json, pointer: string, binder: Binder): string =>
  value === null ? `${column.sql} IS NULL` : `${column.sql} = ${binder.bind(column, value, pointer)}`;

function isOneOf(column: Column, choices: Json, pointer: string, binder: Binder): string {
  if (!Array.isArray(choices)) throw invalid(`${pointer} must be a list`);
  const given = choices.filter((choice) => choice !== null);
  const placeholders = given.map((choice) => binder.bind(column, choice, pointer));
  const among = placeholders.length === 0 ? 'FALSE' : `${column.sql} IN (${placeholders.join(', ')})`;
  return given.length === choices.length ? among : `(${among} OR ${column.sql} IS NULL)`;
}
