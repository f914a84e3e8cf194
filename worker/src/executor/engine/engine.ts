import type { temporal } from '@temporalio/proto';
import type { FlowDefinition } from '@flowplane/contracts';
import type { DEPROVISION_WORKFLOW, DeprovisionRun, PROVISION_WORKFLOW, ProvisionRun } from '../../provisioning/run.js';
import type { ApprovalSignal, RunInput } from '../../shared/run-input.js';
import type { EngineSchedules } from './schedules.js';
import type { TenantRemains } from './tenant-remains.js';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What a run is started with. `memo` comes back with its history. */
export type RunStart = { readonly run: RunInput; readonly definition: FlowDefinition; readonly cause: Cause };
/** A run of a template, with the workflow type that it is one of. */
export type TemplateStart = { readonly cause: Cause } & (
  | { readonly type: typeof PROVISION_WORKFLOW; readonly run: ProvisionRun }
  | { readonly type: typeof DEPROVISION_WORKFLOW; readonly run: DeprovisionRun }
);
/** What the start was caused by, so that reports about the run belong to it. */
export type Cause = { readonly correlationId: string; readonly traceparent: string | null };

/**
 * Temporal, as the executor uses it. Every call waits out an outage and is given up only on its signal
 * (`CallAbandoned`); what is thrown besides is for good.
 */
export type Engine = TenantRemains & {
  /** @returns false when the run existed already, running or closed */
  readonly start: (start: RunStart, stillWanted: () => boolean, signal: AbortSignal) => Promise<StartOutcome>;
  /** As `start`. */
  readonly startTemplate: (start: TemplateStart, signal: AbortSignal) => Promise<Exclude<StartOutcome, 'not-wanted'>>;
  /** Asks the run to cancel itself. @returns false: it is not there; the engine may say true of one that is over */
  readonly cancel: (executionId: string, requestId: string, signal: AbortSignal) => Promise<boolean>;
  /** Delivers an approval; a repeat is dropped, here or by the run. @returns false: the run is not there, or over */
  readonly signal: (executionId: string, approval: ApprovalSignal, signal: AbortSignal) => Promise<boolean>;
  /** Ends the run at once. @returns false: it is not there, or over */
  readonly terminate: (executionId: string, reason: string, signal: AbortSignal) => Promise<boolean>;
  /**
   * Events of one engine run, the last one of `executionId` where `runId` is null. One request, unless the history is
   * long or its end has yet to be waited for (at most `waitMs`).
   *
   * @returns undefined when there is no such run
   */
  readonly history: (
    executionId: string,
    runId: string | null,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<RunEvents | undefined>;
  /**
   * The event that ended the last engine run of `executionId`, alone; no event when none did within `waitMs`.
   *
   * @returns undefined when there is no such run
   */
  readonly closeEvent: (executionId: string, waitMs: number, signal: AbortSignal) => Promise<RunEvents | undefined>;
  /** Ids of top-level runs closed at `since` (epoch ms) or later, in pages, from the visibility store. */
  readonly closedSince: (since: number, signal: AbortSignal) => AsyncIterable<readonly string[]>;
  /** Whether a run that the engine has started by itself goes on. */
  readonly standing: (executionId: string, signal: AbortSignal) => Promise<Standing>;
  readonly schedules: EngineSchedules;
  readonly reachable: () => boolean;
  readonly close: () => Promise<void>;
};

/** A history; `waited`: its end was not there at the first request. */
export type RunEvents = { readonly events: readonly HistoryEvent[]; readonly waited: boolean };

/**
 * `startedAt`: epoch ms; `hasCompleted`: it came to the end of its work. Of an open run `attempts`: how often a worker was asked for the step it is at, when it is at one;
 * `children`: ids of its open children.
 */
export type Standing =
  | {
      readonly state: 'open' | 'over';
      readonly hasCompleted: boolean;
      readonly startedAt: number;
      readonly attempts: number;
      readonly children: readonly string[];
    }
  | { readonly state: 'missing' };
export type StartOutcome = 'started' | 'already-started' | 'not-wanted';
