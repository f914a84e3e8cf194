import type { Db } from 'mongodb';
import { finalError } from '../../task-error.js';
import { noSuchCollection } from './mongo-fault.js';

/** How long a collection is taken to be there once it was seen. */
const KNOWN_FOR_MS = 60_000;
const MAX_KNOWN = 1000;

type Bounds = { readonly signal: AbortSignal; readonly maxTimeMs: number };

export type KnownCollections = {
  /** @throws TaskError `SCHEMA_ERROR` where there is no such collection, `FORBIDDEN` for a view */
  readonly require: (name: string, bounds: Bounds) => Promise<void>;
};

/**
 * Which collections a database has: an insert would otherwise make the one it names. A view is refused: what it reads is
 * fenced by nothing.
 */
export function makeKnownCollections(db: Db, now: () => number = Date.now): KnownCollections {
  const seenAt = new Map<string, number>();
  return {
    require: async (name, { signal, maxTimeMs }) => {
      if (now() - (seenAt.get(name) ?? -Infinity) < KNOWN_FOR_MS) return;
      const options = { signal, maxTimeMS: maxTimeMs, nameOnly: true, authorizedCollections: true };
      const [found] = await db.listCollections({ name }, options).toArray();
      if (found === undefined) throw noSuchCollection();
      if (found.type === 'view') {
        throw finalError('FORBIDDEN', '/collectionName is a view: it may show documents of others.');
      }
      seenAt.delete(name);
      if (seenAt.size >= MAX_KNOWN) seenAt.delete(seenAt.keys().next().value ?? '');
      seenAt.set(name, now());
    },
  };
}
