import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@flowplane/plumbing/logging';
import { teardownReport, type TeardownReport } from './report.js';
import { eventLogMessage, runTeardown, type MetaOf, type TeardownPorts } from './run-teardown.js';
import { findOutcomes } from './step-outcomes.js';

export type Teardowns = {
  /**
   * Tears a tenant down, or joins the teardown under way, here or on another instance. One that was cut short goes on.
   *
   * @returns undefined when it takes longer than `waitMs`: it goes on, and a repeated request waits for the same
   */
  readonly apply: (tenantId: string, by: string, metaOf: MetaOf, waitMs: number) => Promise<TeardownReport | undefined>;
  /** What a teardown would find now; changes nothing. */
  readonly preview: (tenantId: string) => Promise<TeardownReport>;
  /** Leaves what is under way where it stands. */
  readonly close: () => Promise<void>;
};

const LOOK_AGAIN_MS = 300;

export function makeTeardowns(ports: TeardownPorts & { readonly logger: Logger }): Teardowns {
  const closing = new AbortController();
  /** By teardown. */
  const underWay = new Map<string, Promise<TeardownReport>>();

  const carryOut = async (teardownId: string, metaOf: MetaOf): Promise<TeardownReport> => {
    for (;;) {
      const report = await ports.store.alone(teardownId, async () =>
        runTeardown(ports, await ports.store.load(teardownId), metaOf, closing.signal),
      );
      if (report !== undefined) return report;
      await sleep(LOOK_AGAIN_MS, undefined, { signal: closing.signal });
    }
  };
  const join = (teardownId: string, metaOf: MetaOf): Promise<TeardownReport> => {
    const begun = underWay.get(teardownId);
    if (begun !== undefined) return begun;
    const work = carryOut(teardownId, metaOf).finally(() => underWay.delete(teardownId));
    underWay.set(teardownId, work);
    work.catch((cause: unknown) => {
      if (!closing.signal.aborted) ports.logger.warn({ teardownId, err: cause }, 'a teardown stands still');
    });
    return work;
  };

  return {
    apply: async (tenantId, by, metaOf, waitMs) => {
      const { teardownId } = await ports.store.open(tenantId, by);
      const waited = new AbortController();
      const late = sleep(waitMs, undefined, { signal: waited.signal }).catch(() => undefined);
      try {
        return await Promise.race([join(teardownId, metaOf), late]);
      } finally {
        waited.abort();
      }
    },
    preview: async (tenantId) =>
      teardownReport(tenantId, await findOutcomes(ports, tenantId, null, eventLogMessage(new Date())), true),
    close: async () => {
      closing.abort();
      await Promise.allSettled(underWay.values());
    },
  };
}
