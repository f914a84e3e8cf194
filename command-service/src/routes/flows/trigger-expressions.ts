import type { Trigger } from '@flowplane/contracts/flow';

/** `filter` and `dedupeKey` of a trigger, where it has them. */
export const expressionsOf = ({ filter, dedupeKey }: Trigger) => ({
  ...(filter === undefined ? {} : { filter }),
  ...(dedupeKey === undefined ? {} : { dedupeKey }),
});
