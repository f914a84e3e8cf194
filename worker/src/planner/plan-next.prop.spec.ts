import type { FlowNode } from '@flowplane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choicesOf, flowNodes, numbers } from '../../test/planner/generated-flows.js';
import { drive, type Choices } from '../../test/planner/model.js';
import { planNext } from './plan-next.js';
import { compilePlan, nextOf } from './plan.js';
import { recursiveRun } from '../../test/planner/recursive-model.js';
import { NOT_BEGUN, type RunState } from './run-state.js';

const SETTINGS = { numRuns: 3000, verbose: fc.VerbosityLevel.Verbose } as const;

/** What must run: everything reachable from the first node when a branch leads only where it decided to. */
function expectedNodes(nodes: readonly FlowNode[], choices: Choices): Set<string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Set<string>();
  const open = [nodes[0]?.id];
  for (let id = open.pop(); open.length >= 0 && id !== undefined; id = open.pop()) {
    const node = byId.get(id);
    if (node === undefined || found.has(id)) continue;
    found.add(id);
    if (node.type === 'branch') {
      const chosen = choices.decide(id, [...node.arms.map(({ next }) => next), node.default]);
      if (chosen !== undefined) open.push(chosen);
      continue;
    }
    if (node.type === 'sequence') open.push(...node.steps);
    if (node.type === 'parallel') open.push(...node.branches);
    const next = nextOf(node);
    if (next !== undefined) open.push(next);
  }
  return found;
}

describe('planNext on generated graphs', () => {
  it('runs every reachable node exactly once and ends', () => {
    fc.assert(
      fc.property(flowNodes(14), numbers, numbers, (nodes, picks, decisions) => {
        const { run } = drive(compilePlan({ nodes }), choicesOf(picks, decisions));
        expect(run).toMatchObject({ ended: true, active: [], scopes: [] });
        expect(run.trace.length).toBe(new Set(run.trace).size);
        expect(new Set(run.trace)).toEqual(expectedNodes(nodes, choicesOf(picks, decisions)));
      }),
      SETTINGS,
    );
  });

  it('agrees, step by step, with an independent reading of flow-language 4', () => {
    fc.assert(
      fc.property(flowNodes(14), numbers, numbers, (nodes, picks, decisions) => {
        const planned = drive(compilePlan({ nodes }), choicesOf(picks, decisions)).events;
        expect(planned).toEqual(recursiveRun(nodes, choicesOf(picks, decisions)));
      }),
      SETTINGS,
    );
  });

  it('ends a composite, and starts what follows it, only after everything inside has settled', () => {
    fc.assert(
      fc.property(flowNodes(14), numbers, numbers, (nodes, picks, decisions) => {
        const plan = compilePlan({ nodes });
        const choices = choicesOf(picks, decisions);
        let step = planNext(plan, NOT_BEGUN);
        while (step.run.active.length > 0) {
          const before: RunState = step.run;
          const nodeId = before.active[choices.pick(before.active.map((one) => one.nodeId))]?.nodeId as string;
          const node = plan.nodes.get(nodeId);
          const target =
            node?.type === 'branch'
              ? choices.decide(nodeId, [...node.arms.map(({ next }) => next), node.default])
              : undefined;
          step = planNext(plan, JSON.parse(JSON.stringify(before)) as RunState, { nodeId, target });
          const gone = before.scopes.filter((old) => !step.run.scopes.some(({ id }) => id === old.id));
          for (const scope of gone) {
            expect(step.run.active.some((one) => isInside(before, one.scope, scope.id))).toBe(false);
          }
        }
      }),
      SETTINGS,
    );
  });
});

function isInside(run: RunState, scopeId: number, ancestor: number): boolean {
  if (scopeId === ancestor) return true;
  const scope = run.scopes.find(({ id }) => id === scopeId);
  return scope !== undefined && isInside(run, scope.parent, ancestor);
}
