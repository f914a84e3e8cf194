/** Least recently used values, bounded by the sum of their bytes. */
export type ByteCache = {
  readonly get: (key: string) => Uint8Array | undefined;
  readonly set: (key: string, value: Uint8Array) => void;
};

export function makeByteCache(maxBytes: number): ByteCache {
  const entries = new Map<string, Uint8Array>();
  let heldBytes = 0;
  return {
    get: (key) => {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set: (key, value) => {
      if (entries.has(key) || value.length > maxBytes) return;
      entries.set(key, value);
      heldBytes += value.length;
      for (const [oldest, { length }] of entries) {
        if (heldBytes <= maxBytes) return;
        entries.delete(oldest);
        heldBytes -= length;
      }
    },
  };
}
