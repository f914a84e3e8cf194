import type { StoredValue } from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';

/** Values by reference, fetched together. */
export type StoredValues = {
  /** The JSON value; null for null, and for a payload that is gone. */
  readonly valueOf: (value: StoredValue | null) => unknown;
  /** Its JSON text. */
  readonly textOf: (value: StoredValue | null) => string | null;
};

/** Resolves everything of `values` that is kept by content hash, in one question to the store. */
export async function resolveStored(
  store: Pick<ContentStore, 'getMany'>,
  values: readonly (StoredValue | null)[],
): Promise<StoredValues> {
  const refs = new Set(values.flatMap((value) => (value === null || value.ref === null ? [] : [value.ref])));
  const payloads = await store.getMany([...refs]);
  const textOf = (value: StoredValue | null): string | null => {
    if (value === null) return null;
    return value.json ?? (value.ref === null ? null : (payloads.get(value.ref)?.toString('utf8') ?? null));
  };
  return {
    textOf,
    valueOf: (value) => {
      const text = textOf(value);
      return text === null ? null : (JSON.parse(text) as unknown);
    },
  };
}
