import type { Json } from '@flowplane/contracts';
import { finalError } from '../../task-error.js';
import type { Column, ColumnKind } from './relation.js';

/** A value as the driver sends it: text of the column's type, bytes, or a list of such for an array. */
export type Bound = string | Buffer | null | readonly Bound[];

/** Collects the values of one statement; the SQL only ever holds their placeholders. */
export type Binder = {
  readonly values: Bound[];
  /** A JSON value as a value of the column. @returns its placeholder @throws TaskError `VALIDATION_ERROR` */
  readonly bind: (column: Column, value: Json, pointer: string) => string;
  /** A text whose type the statement tells. @returns its placeholder */
  readonly text: (value: string | null) => string;
};

/** The protocol counts the values of a statement in 16 bits. */
const MAX_VALUES = 65_535;

export function makeBinder(): Binder {
  const values: Bound[] = [];
  const add = (value: Bound): string => {
    if (values.length === MAX_VALUES) {
      throw finalError('VALIDATION_ERROR', `A query must not hold more than ${MAX_VALUES} values.`);
    }
    return `$${values.push(value)}`;
  };
  return {
    values,
    bind: (column, value, pointer) => add(boundValue(column, value, pointer)),
    text: add,
  };
}

function boundValue({ kind, isArray }: Column, value: Json, pointer: string): Bound {
  if (value === null) return null;
  if (!isArray) return boundItem(kind, value, pointer);
  if (!Array.isArray(value)) throw finalError('VALIDATION_ERROR', `${pointer} must be a list: the column is an array`);
  return boundItems(kind, value, pointer);
}

const boundItems = (kind: ColumnKind, items: readonly Json[], pointer: string): readonly Bound[] =>
  items.map((item) => {
    if (item === null) return null;
    return Array.isArray(item) && kind !== 'json' ? boundItems(kind, item, pointer) : boundItem(kind, item, pointer);
  });

function boundItem(kind: ColumnKind, value: NonNullable<Json>, pointer: string): Bound {
  if (kind === 'json') return JSON.stringify(value);
  if (typeof value === 'object') throw finalError('VALIDATION_ERROR', `${pointer}: the column takes no object or list`);
  if (kind === 'plain') return String(value);
  if (typeof value !== 'string' || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) {
    throw finalError('VALIDATION_ERROR', `${pointer} must be base64: the column holds bytes`);
  }
  return Buffer.from(value, 'base64');
}
