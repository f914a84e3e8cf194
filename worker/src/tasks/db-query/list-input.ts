import type { JsonObject } from '@flowplane/contracts';
import { finalError } from '../task-error.js';

/** What a list of rows or documents is asked for with; names are as the author wrote them. */
export type ListInput = {
  readonly projection: readonly string[] | undefined;
  readonly sort: readonly { readonly field: string; readonly descending: boolean }[];
  readonly pageSize: number;
  /** `page.next` of the page before. */
  readonly after: string | undefined;
};

const DEFAULT_PAGE_SIZE = 100;

/** Of an input that fits the schema of the catalogue. @throws TaskError `VALIDATION_ERROR` */
export function readListInput(params: JsonObject): ListInput {
  const { size, next } = (params['page'] as JsonObject | undefined) ?? {};
  const sort = (params['sort'] as unknown as readonly { field: string; direction?: string }[] | undefined) ?? [];
  if (next !== undefined && next !== null && typeof next !== 'string') {
    throw finalError('VALIDATION_ERROR', '/page/next must be the text that the page before ended with');
  }
  return {
    projection: params['projection'] as readonly string[] | undefined,
    sort: sort.map(({ field, direction }) => ({ field, descending: direction === 'desc' })),
    pageSize: (size as number | undefined) ?? DEFAULT_PAGE_SIZE,
    after: next ?? undefined,
  };
}

/** What `page.next` holds; undefined: it is none. It comes from the author, so no member of it is known to be right. */
export function placeIn<Place extends object>(text: string): Partial<Place> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export const noPlaceHere = (): Error =>
  finalError('VALIDATION_ERROR', '/page/next is no place in this list: give what its page before ended with');
