import { queryText, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { Cursor } from './cursor.js';

export const MAX_PAGE_SIZE = 200;

/**
 * `page[size]`, 1 to 200.
 *
 * @throws Refusal 400 INVALID_QUERY
 */
export function pageSize(call: Pick<Call, 'query'>): number | undefined {
  const text = queryText(call, 'page[size]');
  if (text === undefined) return undefined;
  const size = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > MAX_PAGE_SIZE) throw invalidQuery(`page[size] must be from 1 to ${MAX_PAGE_SIZE}`);
  return size;
}

/**
 * `page[after]`.
 *
 * @throws Refusal 400 INVALID_QUERY when this list did not make the cursor
 */
export function pageAfter(call: Pick<Call, 'query'>, decode: (text: string) => Cursor | undefined): Cursor | undefined {
  const text = queryText(call, 'page[after]');
  if (text === undefined) return undefined;
  const cursor = decode(text);
  if (cursor === undefined) throw invalidQuery('page[after] is no cursor of this list');
  return cursor;
}

export const invalidQuery = (reason: string) => refusal('INVALID_QUERY', { message: `${reason}.` });
