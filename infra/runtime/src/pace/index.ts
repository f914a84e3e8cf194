import type { PaceOptions } from '@flowplane/plumbing/periodic';

/**
 * Of stages between a run and those who look at it: frames, their readers, what the executor reports. Up to ten turns follow
 * one another within 50 ms, so what a single run does is passed on about as fast as it happens; under load there are ten a
 * second. The gap is far below what anybody watching a run can tell.
 */
export const RUN_PACE: PaceOptions = { everyMs: 100, burst: 10, gapMs: 5 };

/** Of the audit topic: nobody waits for it. */
export const AUDIT_PACE: PaceOptions = { everyMs: 1000 };
