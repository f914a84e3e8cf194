import type { Command, Event } from '@flowplane/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from './decision.js';
import { contextAt, T0, take } from '../../test/decider-specification.js';
import { decide, decideAt, evolve, forget } from './decider.js';
import { flowOf } from './flows/state.js';
import { emptyTenantState, stateFromJson, stateToJson, type TenantState } from './tenant-state.js';
import {
  archive,
  cancel,
  create,
  publish,
  remove,
  reportClosed,
  reportStarted,
  retry,
  signal,
  start,
  update,
  VERDICT,
} from '../../test/story.js';

const QUOTAS = {
  max_flows: 3,
  max_flow_versions: 3,
  max_concurrent_executions: 3,
  flow_starts_per_minute: 4,
  flow_signal_rate_per_minute: 5,
};
const SETTINGS = { quotas: QUOTAS, memory: { maxIdempotencyKeys: 5 } };

const flowId = fc.constantFrom('f1', 'f1', 'f1', 'f1', 'f1', 'f1', 'f2', 'f3', 'f4', 'f5');
const uuid = fc.integer({ min: 1, max: 9 }).map((number) => `r${number}`);
const revision = fc.integer({ min: 1, max: 4 });
/** Replaced by the revision that the flow has when its turn comes. */
const CURRENT = -7;
const draftRevision = fc.oneof({ weight: 4, arbitrary: fc.constant(CURRENT) }, { weight: 1, arbitrary: revision });
const mostlyNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const verdict = mostlyNull(fc.constant(VERDICT));
const expected = mostlyNull(revision);
const mostlyTrue = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const source = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 6,
    arbitrary: fc.record({
      version: fc.constantFrom(1, 1, 1, 2),
      flowBirth: fc.constantFrom(0, 0, 0, 1),
      closed: fc.boolean(),
      input: fc.constant('{}'),
    }),
  },
);
const meta = fc.record({
  workspaceId: fc.constantFrom('w1', 'w1', 'w1', 'w1', 'w1', 'w2'),
  attempt: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }) }),
  idempotency: mostlyNull(
    fc.record({
      key: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'),
      fingerprint: fc.constantFrom('p', 'p', 'p', 'q'),
    }),
  ),
});

const commandOf: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Command>])[] = [
  [3, fc.tuple(flowId, verdict, meta).map(([id, v, m]) => create(id, { verdict: v }, m))],
  [
    2,
    fc
      .tuple(flowId, expected, verdict, meta)
      .map(([id, expectedRevision, v, m]) => update(id, { expectedRevision, verdict: v }, m)),
  ],
  [1, fc.tuple(flowId, expected, meta).map(([id, r, m]) => remove(id, r, m))],
  [4, fc.tuple(draftRevision, flowId, verdict, meta).map(([r, id, v, m]) => publish(r, id, { verdict: v }, m))],
  [2, fc.tuple(fc.integer({ min: 0, max: 4 }), flowId, meta).map(([version, id, m]) => archive(version, id, m))],
  [
    12,
    fc
      .tuple(uuid, mostlyNull(fc.integer({ min: 0, max: 3 })), verdict, meta, flowId)
      .map(([id, version, v, m, flow]) => start(id, { version, verdict: v }, m, flow)),
  ],
  [3, fc.tuple(uuid, meta, flowId).map(([id, m, flow]) => cancel(id, m, flow))],
  [
    5,
    fc
      .tuple(uuid, uuid, source, mostlyNull(fc.constantFrom('failed', 'node:n')), verdict, meta, flowId)
      .map(([id, of, from, retryFrom, v, m, flow]) =>
        retry(`${id}-again`, of, { source: from, retryFrom, verdict: v }, m, flow),
      ),
  ],
  [
    9,
    fc
      .tuple(uuid, fc.boolean(), mostlyTrue, verdict, meta, flowId)
      .map(([id, approved, known, v, m, flow]) => signal(id, { approved, known, verdict: v }, m, flow)),
  ],
  [4, uuid.map((id) => reportStarted(id))],
  [5, uuid.map((id) => reportClosed(id))],
];
/** Cloned, since generated commands share parts, and shrinking runs them again. */
const anyCommand = fc
  .oneof(...commandOf.map(([weight, arbitrary]) => ({ weight, arbitrary })))
  .map((command) => structuredClone(command));

type Step = { readonly command: Command; readonly elapsedMs: number };

/** Mostly close together, so that windows fill up; sometimes far apart, so that they empty and keys expire. */
const elapsedMs = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.nat(3000) },
  { weight: 2, arbitrary: fc.nat(40_000) },
  { weight: 1, arbitrary: fc.nat(90_000_000) },
);
const step = fc.record({ command: anyCommand, elapsedMs });
/** Every story begins with something to run. */
const steps = fc
  .array(step, { minLength: 1, maxLength: 80, size: 'max' })
  .map((rest) => [create(), publish(1)].map((command): Step => ({ command, elapsedMs: 0 })).concat(rest));

/** Decides a whole story. @returns the state kept on the way and everything recorded */
function play(
  story: readonly Step[],
  onStep: (step: StepSeen) => void = () => undefined,
): { state: TenantState; events: Event[] } {
  const state = emptyTenantState();
  const events: Event[] = [];
  let now = T0;
  story.forEach(({ command: given, elapsedMs }, index) => {
    now += elapsedMs;
    const command = asSent(given, `c${index}`, state);
    const { decision, events: recorded } = take(state, command, contextAt(now, SETTINGS, index));
    events.push(...recorded);
    onStep({ command, now, decision, recorded, events });
  });
  return { state, events };
}

function asSent(given: Command, commandId: string, state: TenantState): Command {
  const command = { ...given, meta: { ...given.meta, commandId } } as Command;
  if (command.type !== 'PublishFlow' || command.data.draftRevision !== CURRENT) return command;
  const revisionNow = flowOf(state.flows, command.meta, command.data.flowId)?.revision ?? -1;
  return { ...command, data: { ...command.data, draftRevision: revisionNow } };
}

type StepSeen = {
  readonly command: Command;
  readonly now: number;
  readonly decision: Decision;
  readonly recorded: readonly Event[];
  readonly events: readonly Event[];
};

test('deciding changes nothing', () => {
  fc.assert(
    fc.property(steps, anyCommand, (story, command) => {
      const { state } = play(story);
      const before = structuredClone(state);
      decideAt(state, command, contextAt(state.lastTime, SETTINGS));
      expect(state).toEqual(before);
    }),
  );
});

test('every command has exactly one outcome, decided at its time', () => {
  fc.assert(
    fc.property(steps, (story) => {
      play(story, ({ command, recorded, now }) => {
        expect(recorded.length).toBeGreaterThan(0);
        expect(new Set(recorded.map((event) => event.meta.commandId))).toEqual(new Set([command.meta.commandId]));
        expect(recorded.map(({ meta: { index, count, occurredAt } }) => [index, count, occurredAt])).toEqual(
          recorded.map((_event, index) => [index, recorded.length, now]),
        );
      });
    }),
  );
});

test('folding what was recorded gives the state that was kept, once what has expired is forgotten', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const { state, events } = play(story);
      const folded = events.reduce(evolve, emptyTenantState());
      forget(folded, state.lastTime, contextAt(0, SETTINGS).memory);
      expect(folded).toEqual(state);
    }),
  );
});

type Counted = { readonly workspaceId: string; readonly at: number };

/** An independent count of everything that is limited or numbered, from the log alone. */
function audit(events: readonly Event[], now: number) {
  const flows = new Set<string>();
  const versions = new Map<string, number[]>();
  /** How many of them are kept. */
  const kept = new Map<string, number>();
  const open = new Map<string, string>();
  const starts: Counted[] = [];
  const signals: Counted[] = [];
  for (const { type, meta, data } of events as readonly (Event & { data: { flowId: string; executionId: string } })[]) {
    const flow = `${meta.workspaceId}/${data.flowId}`;
    if (type === 'FlowCreated') {
      flows.add(flow);
      versions.set(flow, []);
      kept.set(flow, 0);
    } else if (type === 'FlowDeleted') flows.delete(flow);
    else if (type === 'FlowVersionPublished') {
      versions.get(flow)?.push(data.version);
      kept.set(flow, (kept.get(flow) ?? 0) + 1);
    } else if (type === 'FlowVersionArchived') {
      expect(data.version).not.toBe(versions.get(flow)?.at(-1));
      kept.set(flow, (kept.get(flow) ?? 0) - 1);
    }
    if (type === 'ExecutionRequested') {
      open.set(data.executionId, meta.workspaceId);
      starts.push({ workspaceId: meta.workspaceId, at: meta.occurredAt });
    } else if (type === 'ExecutionSignaled') {
      signals.push({ workspaceId: meta.workspaceId, at: meta.occurredAt });
    } else if (type === 'ExecutionClosed') open.delete(data.executionId);
  }
  const lately = (counted: readonly Counted[], workspaceId: string) =>
    counted.filter((one) => one.workspaceId === workspaceId && one.at > now - 60_000).length;
  const inWorkspace = (workspaceId: string) => ({
    open: [...open.values()].filter((one) => one === workspaceId).length,
    starts: lately(starts, workspaceId),
    signals: lately(signals, workspaceId),
  });
  return { flows: flows.size, versions, kept, w1: inWorkspace('w1'), w2: inWorkspace('w2') };
}

test('no limit is ever exceeded, no version number skipped or repeated, and a refusal for a quota is deserved', () => {
  fc.assert(
    fc.property(steps, (story) => {
      play(story, ({ events, now, decision, command, recorded }) => {
        const counted = audit(events, now);
        expect(counted.flows).toBeLessThanOrEqual(QUOTAS.max_flows);
        for (const numbers of counted.versions.values()) {
          expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
        }
        for (const kept of counted.kept.values()) expect(kept).toBeLessThanOrEqual(QUOTAS.max_flow_versions);
        for (const workspace of [counted.w1, counted.w2]) {
          expect(workspace.open).toBeLessThanOrEqual(QUOTAS.max_concurrent_executions);
          expect(workspace.starts).toBeLessThanOrEqual(QUOTAS.flow_starts_per_minute);
          expect(workspace.signals).toBeLessThanOrEqual(QUOTAS.flow_signal_rate_per_minute);
        }
        if (decision.kind !== 'rejected' || decision.problem.code !== 'QUOTA_EXCEEDED') return;
        const before = audit(events.slice(0, events.length - recorded.length), now);
        const own = command.meta.workspaceId === 'w1' ? before.w1 : before.w2;
        const usage: Record<string, number> = {
          max_flows: before.flows,
          max_flow_versions:
            before.kept.get(`${command.meta.workspaceId}/${(command.data as { flowId: string }).flowId}`) ?? 0,
          max_concurrent_executions: own.open,
          flow_starts_per_minute: own.starts,
          flow_signal_rate_per_minute: own.signals,
        };
        const dimension = decision.problem.dimension as keyof typeof QUOTAS;
        expect(usage[dimension]).toBe(QUOTAS[dimension]);
      });
    }),
  );
});

test('a key never has a second effect while it lives', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const bound = new Map<string, { at: number; commandId: string }>();
      play(story, ({ command, decision, now }) => {
        const { idempotency, workspaceId, commandId } = command.meta;
        if (idempotency === null) return;
        const id = `${workspaceId}/${idempotency.key}`;
        const earlier = bound.get(id);
        const lives = earlier !== undefined && now - earlier.at < 86_400_000;
        const effect =
          decision.kind === 'accepted' || (decision.kind === 'acknowledged' && decision.reason === 'already');
        if (lives) expect(effect).toBe(false);
        if (lives && decision.kind === 'acknowledged') expect(decision.originalCommandId).toBe(earlier.commandId);
        if (effect) bound.set(id, { at: now, commandId });
        const live = [...bound.values()].filter(({ at }) => now - at < 86_400_000);
        expect(live.length).toBeLessThanOrEqual(SETTINGS.memory.maxIdempotencyKeys);
      });
    }),
  );
});

test('a snapshot brings back what it was taken of, and forgetting what is expired decides nothing differently', () => {
  fc.assert(
    fc.property(steps, anyCommand, fc.nat(90_000_000), (story, command, laterMs) => {
      const { state } = play(story);
      const restored = stateFromJson(stateToJson(state));
      const now = state.lastTime + laterMs;
      const context = { ...contextAt(now, SETTINGS), now };
      const expected = decide(state, command, context);
      expect(decide(restored, command, context)).toEqual(expected);
      expect(decideAt(restored, command, context).decision).toEqual(expected);
      expect(stateFromJson(stateToJson(state))).toEqual(state);
    }),
  );
});

test('evolve takes any event on any state', () => {
  fc.assert(
    fc.property(steps, steps, (one, other) => {
      const { state } = play(one);
      const { events } = play(other);
      for (const event of events) evolve(state, event);
      expect(state.lastTime).toBeGreaterThanOrEqual(T0);
    }),
  );
});
