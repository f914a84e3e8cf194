import {
  DEFAULT_LIMITS,
  hardQuotas,
  withOverrides,
  type Command,
  type CommandMeta,
  type Event,
  type Quota,
  type QuotaDimension,
} from '@flowplane/contracts';
import { expect } from 'vitest';
import { decide } from './decide.js';
import type { Decision, DecisionContext } from './decision.js';
import { evolve } from './evolve.js';
import { emptyTenantState, type TenantState } from './tenant-state.js';
import { toEvents } from './to-events.js';

/** One command of a story: its type, its data, what of its meta matters, and when it is decided. */
export type Told = { readonly command: Command; readonly at: number };

export const TENANT = 'acme';
export const T0 = 1_800_000_000_000;
export const DAY_MS = 24 * 60 * 60 * 1000;

let commandCount = 0;

export function metaOf(given: Partial<CommandMeta> = {}): CommandMeta {
  return {
    commandId: `command-${++commandCount}`,
    tenantId: TENANT,
    workspaceId: 'w1',
    actorId: 'alice',
    actorRoles: [],
    correlationId: 'correlation',
    traceparent: null,
    submittedAt: T0,
    attempt: 1,
    idempotency: null,
    ...given,
  };
}

type Settings = {
  /** Configured for the tenant beside the defaults; null: there is no gate. */
  readonly quotas?: Partial<Record<QuotaDimension, number | Quota>> | null;
  readonly maxIdempotencyKeys?: number;
  readonly maxFired?: number;
};

export function contextAt(now: number, settings: Settings = {}): DecisionContext {
  const given = Object.entries(settings.quotas ?? {}) as [QuotaDimension, number | Quota][];
  const overrides = Object.fromEntries(
    given.map(([dimension, quota]) => [dimension, typeof quota === 'number' ? { limit: quota, grace: 0 } : quota]),
  );
  return {
    now,
    quotas: settings.quotas === null ? null : withOverrides(hardQuotas(DEFAULT_LIMITS), overrides),
    idempotencyTtlMs: DAY_MS,
    maxIdempotencyKeys: settings.maxIdempotencyKeys ?? 1000,
    dedupeRetentionMs: 7 * DAY_MS,
    maxFired: settings.maxFired ?? 1000,
  };
}

/**
 * Given a story of commands that were decided, when one more is, then it has this outcome.
 *
 * The story is told in commands and checked to have been accepted, so that no state is assumed that decisions would
 * not lead to.
 */
export function given(story: readonly Told[], settings: Settings = {}) {
  const state = emptyTenantState();
  for (const [offset, { command, at }] of story.entries()) {
    const decision = decide(state, command, contextAt(at, settings));
    if (decision.kind === 'rejected') {
      throw new Error(`the story does not happen: ${command.type} is refused with ${decision.problem.code}`);
    }
    takeIn(state, command, at, decision, offset);
  }
  return {
    when: (command: Command, at = T0) => outcomeOf(state, command, at, settings),
    /** Decides one more, whatever comes of it. @param offset of its record in the log */
    take: (command: Command, at = T0, offset = 0) =>
      takeIn(state, command, at, decide(state, command, contextAt(at, settings)), offset),
  };
}

export function takeIn(
  state: TenantState,
  command: Command,
  at: number,
  decision: Decision,
  offset = 0,
): readonly Event[] {
  const events = toEvents(command, offset, at, decision);
  for (const event of events) evolve(state, event);
  return events;
}

function outcomeOf(state: TenantState, command: Command, at: number, settings: Settings) {
  const decision = decide(state, command, contextAt(at, settings));
  return {
    thenAccepted: (change: object): void => {
      expect(decision).toEqual({ kind: 'accepted', change });
    },
    thenAcknowledged: (expected: object): void => {
      expect(decision).toMatchObject({ kind: 'acknowledged', ...expected });
    },
    thenStale: (revision: number): void => {
      expect(decision).toMatchObject({ kind: 'stale', revision });
    },
    /** @param details of the problem that matter here */
    thenRefused: (code: string, details: object = {}): void => {
      expect(decision).toMatchObject({ kind: 'rejected', problem: { code, ...details } });
    },
    decision,
  };
}
