import type { DeprovisioningFinished, Event, ProvisioningFinished } from '@flowplane/contracts';

export type RunEnd = ProvisioningFinished | DeprovisioningFinished;

/** Ends of runs of templates, as the log has them. */
export type RunEnds = {
  /** The end of a run, from now on; undefined when it is dropped. */
  readonly of: (executionId: string) => { readonly promise: Promise<RunEnd | undefined>; readonly drop: () => void };
  /** Takes every event that counts. */
  readonly heard: (event: Event) => void;
};

export function makeRunEnds(): RunEnds {
  const waiting = new Map<string, Set<(end: RunEnd | undefined) => void>>();
  return {
    of: (executionId) => {
      let settle: (end: RunEnd | undefined) => void = () => undefined;
      const promise = new Promise<RunEnd | undefined>((resolve) => {
        settle = resolve;
      });
      const waiters = waiting.get(executionId) ?? new Set();
      waiting.set(executionId, waiters.add(settle));
      const drop = (): void => {
        waiters.delete(settle);
        if (waiters.size === 0 && waiting.get(executionId) === waiters) waiting.delete(executionId);
        settle(undefined);
      };
      return { promise, drop };
    },
    heard: (event) => {
      if (event.type !== 'ProvisioningFinished' && event.type !== 'DeprovisioningFinished') return;
      const { executionId } = event.data;
      for (const settle of waiting.get(executionId) ?? []) settle(event);
      waiting.delete(executionId);
    },
  };
}
