import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbers } from '../../test/planner/generated-flows.js';
import { compilePlan } from '../planner/index.js';
import { failureCandidates, playScenario, scenarios } from '../../test/interpreter/generated-scenarios.js';
import { applyAction, beginModelRun, type ModelRun } from '../../test/interpreter/run-model.js';

const SETTINGS = { numRuns: 2000, verbose: fc.VerbosityLevel.Verbose } as const;
const MAX_NODES = 14;
const calm = scenarios({ maxNodes: MAX_NODES, failureEvery: 0 });
const failing = scenarios({ maxNodes: MAX_NODES, failureEvery: 6 });
const stormy = scenarios({ maxNodes: MAX_NODES, failureEvery: 10, untargeted: true });

/** What is left of a run, whatever the order in which it came about. */
const endOf = ({ state, outputs, failedAt }: ModelRun): object => ({
  visited: state.trace.toSorted(),
  outputs,
  failedAt,
  ended: state.ended,
});

describe('runs of generated graphs, with signals at any time', () => {
  it('end alike in every interleaving, without failures and untargeted signals', () => {
    fc.assert(
      fc.property(calm, numbers, numbers, ({ nodes, signals }, one, other) => {
        const plan = compilePlan({ nodes });
        const first = playScenario(plan, signals, one).run;
        expect(endOf(playScenario(plan, signals, other).run)).toEqual(endOf(first));
        expect(first.state.ended).toBe(true);
      }),
      SETTINGS,
    );
  });

  it('end alike for the same recorded order, also when every step continues from JSON', () => {
    fc.assert(
      fc.property(stormy, numbers, ({ nodes, signals }, picks) => {
        const plan = compilePlan({ nodes });
        const { run, actions } = playScenario(plan, signals, picks);
        let again = beginModelRun(plan);
        for (const action of actions) again = applyAction(plan, JSON.parse(JSON.stringify(again)) as ModelRun, action);
        expect(again).toEqual(run);
        expect(Object.keys(again.outputs)).toEqual(Object.keys(run.outputs));
      }),
      SETTINGS,
    );
  });

  it('end at a task that fails, one that is reached without passing another', () => {
    fc.assert(
      fc.property(failing, numbers, ({ nodes, signals }, picks) => {
        const plan = compilePlan({ nodes });
        const { run } = playScenario(plan, signals, picks);
        const candidates = failureCandidates(plan, signals);
        expect(run.failedAt === null).toBe(candidates.size === 0);
        if (run.failedAt !== null) expect(candidates).toContain(run.failedAt);
        else expect(run.state.ended).toBe(true);
      }),
      SETTINGS,
    );
  });

  it('release every approval once, an untargeted signal at most one, and always end', () => {
    const untargeted = scenarios({ maxNodes: MAX_NODES, failureEvery: 0, untargeted: true });
    fc.assert(
      fc.property(untargeted, numbers, ({ nodes, signals }, picks) => {
        const { run } = playScenario(compilePlan({ nodes }), signals, picks);
        expect(run.state.ended).toBe(true);
        const decided = Object.values(run.released).map(({ commandId }) => commandId);
        expect(new Set(decided).size).toBe(decided.length);
        for (const [nodeId, signal] of Object.entries(run.released)) expect([nodeId, null]).toContain(signal.nodeId);
        const approvals = run.state.trace.filter((id) =>
          nodes.some((node) => node.id === id && node.type === 'approval'),
        );
        expect(Object.keys(run.released).toSorted()).toEqual(approvals.toSorted());
        expect(run.inbox.waiting).toEqual([]);
      }),
      SETTINGS,
    );
  });

  it('cover what they are about', () => {
    const seen = { failed: 0, parallel: 0, signalled: 0, long: 0 };
    for (const { nodes, signals } of fc.sample(stormy, { seed: 1, numRuns: 500 })) {
      const { run } = playScenario(compilePlan({ nodes }), signals, [3, 1, 2]);
      const types = new Set(run.state.trace.map((id) => nodes.find((node) => node.id === id)?.type));
      if (run.failedAt !== null) seen.failed += 1;
      if (types.has('parallel')) seen.parallel += 1;
      if (Object.keys(run.released).length > 0) seen.signalled += 1;
      if (run.state.trace.length >= 5) seen.long += 1;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(25);
  });
});
