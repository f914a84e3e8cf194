import {
  DEFAULT_LIMITS,
  hardQuotas,
  withOverrides,
  type Command,
  type CommandMeta,
  type Quota,
  type QuotaDimension,
} from '@flowplane/contracts';
import { expect } from 'vitest';
import { decideAt, evolve, type CommandContext, type Decided } from '../src/domain/decider.js';
import type { Memory } from '../src/domain/decision.js';
import { emptyTenantState, type TenantState } from '../src/domain/tenant-state.js';

/** A command of a story, and the timestamp of its record. */
export type StoryStep = { readonly command: Command; readonly at: number };

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

/** The defaults of configuration. */
export const MEMORY: Memory = {
  idempotencyTtlMs: DAY_MS,
  maxIdempotencyKeys: 100_000,
  dedupeRetentionMs: 7 * DAY_MS,
  runRetentionMs: 7 * DAY_MS,
  maxFired: 500_000,
};

export type Settings = {
  /** Configured for the tenant beside the defaults; null: no quota is enforced. */
  readonly quotas?: Partial<Record<QuotaDimension, number | Quota>> | null;
  readonly memory?: Partial<Memory>;
};

export function contextAt(timestamp: number, settings: Settings = {}, offset = 0): CommandContext {
  const given = Object.entries(settings.quotas ?? {}) as [QuotaDimension, number | Quota][];
  const overrides = Object.fromEntries(
    given.map(([dimension, quota]) => [dimension, typeof quota === 'number' ? { limit: quota, grace: 0 } : quota]),
  );
  const quotas = settings.quotas === null ? null : withOverrides(hardQuotas(DEFAULT_LIMITS), overrides);
  return { offset, timestamp, quotas, memory: { ...MEMORY, ...settings.memory } };
}

/** Decides a command and takes its events into the state, as the host does. */
export function take(state: TenantState, command: Command, context: CommandContext): Decided {
  const decided = decideAt(state, command, context);
  for (const event of decided.events) evolve(state, event);
  return decided;
}

/**
 * Given a story of decided commands, when one more is decided, then it has this outcome.
 *
 * A story consists of commands, none of which may be refused, so that no state is assumed that decisions would not
 * lead to.
 */
export function given(story: readonly StoryStep[], settings: Settings = {}) {
  const state = emptyTenantState();
  for (const [offset, { command, at }] of story.entries()) {
    const { decision } = take(state, command, contextAt(at, settings, offset));
    if (decision.kind === 'rejected') {
      throw new Error(`the story does not happen: ${command.type} is refused with ${decision.problem.code}`);
    }
  }
  return {
    when: (command: Command, at = T0) => outcomeOf(structuredClone(state), command, contextAt(at, settings)),
    /** Decides one more, whatever its outcome, and continues the story with it. @param offset of its record in the log */
    take: (command: Command, at = T0, offset = 0) => take(state, command, contextAt(at, settings, offset)).events,
  };
}

function outcomeOf(state: TenantState, command: Command, context: CommandContext) {
  const { decision } = decideAt(state, command, context);
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
