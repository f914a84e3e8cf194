import type { Json } from '@flowplane/contracts';
import { isJsonObject } from '@flowplane/contracts/flow/json';
import { pointerTo } from '@flowplane/contracts/flow/pointer';
import type { Document } from 'mongodb';
import { finalError } from '../../task-error.js';
import type { DocumentQuery } from './document-query.js';
import { likePattern } from './like.js';
import { checkedId, checkedValue } from './names.js';
import { scopeConditions, storedIds, type DocumentScope } from './scope.js';

const invalid = (message: string): Error => finalError('VALIDATION_ERROR', message);

/**
 * The filter of a query as the database takes it: the run's tenant and workspace, and behind that what the author asks
 * for. Every operator in it is ours: field → value for equality, or field → operators. A null equals null and what is
 * absent; `ne` holds for both where the value is none.
 *
 * @throws TaskError `VALIDATION_ERROR` for unknown operators and values that do not fit
 */
export function filterOf({ filter, documentId }: DocumentQuery, scope: DocumentScope): Document {
  const conditions = Object.entries(filter).flatMap(([field, wanted]) => {
    const pointer = pointerTo('/filter', field);
    const operators = isJsonObject(wanted) ? Object.entries(wanted) : [['eq', wanted] as const];
    if (operators.length === 0) throw invalid(`${pointer} must hold a value or at least one operator`);
    return operators.map(([operator, value]) => {
      const at = isJsonObject(wanted) ? pointerTo(pointer, operator) : pointer;
      return field === '_id' ? idCondition(operator, value, at, scope) : condition(field, operator, value, at);
    });
  });
  const byId = documentId === undefined ? [] : [{ _id: { $in: storedIds(documentId, scope) } }];
  return { $and: [...scopeConditions(scope), ...conditions, ...byId] };
}

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ['lt', '$lt'],
  ['lte', '$lte'],
  ['gt', '$gt'],
  ['gte', '$gte'],
]);

function condition(field: string, operator: string, value: Json, pointer: string): Document {
  switch (operator) {
    case 'eq':
      return { [field]: { $eq: checkedValue(value, pointer) } };
    case 'ne':
      return { [field]: { $ne: checkedValue(value, pointer) } };
    case 'in':
      if (!Array.isArray(value)) throw invalid(`${pointer} must be a list`);
      return { [field]: { $in: checkedValue(value, pointer) } };
    case 'like':
      if (typeof value !== 'string') throw invalid(`${pointer} must be a text`);
      // With "s" a dot means line breaks as well.
      return { [field]: { $regex: likePattern(value, pointer), $options: 's' } };
    default: {
      const compare = COMPARISONS.get(operator);
      if (compare === undefined) throw invalid(`${pointer}: an operator is one of eq, ne, lt, lte, gt, gte, in, like`);
      if (value === null) throw invalid(`${pointer} must not be null: nothing is before or after it`);
      return { [field]: { [compare]: checkedValue(value, pointer) } };
    }
  }
}

/** An author's id stands for what is stored for it, which is in another order. */
function idCondition(operator: string, value: Json, pointer: string, scope: DocumentScope): Document {
  const stored = (id: Json, at: string): readonly unknown[] => storedIds(checkedId(id, at), scope);
  if (operator === 'eq') return { _id: { $in: stored(value, pointer) } };
  if (operator === 'ne') return { _id: { $nin: stored(value, pointer) } };
  if (operator !== 'in') throw invalid(`${pointer}: an operator on _id is one of eq, ne, in`);
  if (!Array.isArray(value)) throw invalid(`${pointer} must be a list`);
  return { _id: { $in: value.flatMap((id, index) => stored(id, pointerTo(pointer, index))) } };
}
