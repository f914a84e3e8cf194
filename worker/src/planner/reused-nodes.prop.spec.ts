import type { FlowNode } from '@flowplane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choicesOf, flowNodes, numbers } from '../../test/planner/generated-flows.js';
import { drive, type Choices } from '../../test/planner/model.js';
import { compilePlan, type Plan } from './plan.js';
import { recursiveRun, type Enclosing } from '../../test/planner/recursive-model.js';
import { reusedNodes, type SourceNode } from './reused-nodes.js';

const SETTINGS = { numRuns: 3000, verbose: fc.VerbosityLevel.Verbose } as const;

/** The index of the arm a branch decides for. */
function armOf(node: FlowNode, choices: Choices): number | undefined {
  if (node.type !== 'branch') return undefined;
  const target = choices.decide(node.id, [...node.arms.map(({ next }) => next), node.default]);
  return node.arms.findIndex(({ next }) => next === target);
}

/** A source that stopped after `settledCount` nodes had ended; composites that were still open count as not completed. */
function sourceOf(plan: Plan, choices: Choices, settledCount: number): readonly SourceNode[] {
  const { events } = drive(plan, choices);
  const stop = events.reduce<readonly number[]>(
    (at, { kind }, index) => (kind === 'settled' ? [...at, index] : at),
    [],
  );
  const seen = events.slice(0, stop[settledCount] ?? events.length);
  const over = new Set(seen.filter(({ kind }) => kind !== 'start').map(({ nodeId }) => nodeId));
  return seen.flatMap(({ kind, nodeId }) => {
    if (kind !== 'start') return [];
    const arm = armOf(plan.nodes.get(nodeId) as FlowNode, choices);
    return [{ nodeId, completed: over.has(nodeId), ...(over.has(nodeId) ? { arm } : {}) }];
  });
}

/** An independent reading of flow-language 11.4: what follows a node, given what is around it. */
function followers(nodes: readonly FlowNode[], nodeId: string, around: readonly Enclosing[]): ReadonlySet<string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Set<string>();
  const add = (id: string | undefined): void => {
    const node = id === undefined ? undefined : byId.get(id);
    if (node === undefined || found.has(node.id)) return;
    found.add(node.id);
    if (node.type === 'branch') return [...node.arms.map(({ next }) => next), node.default].forEach(add);
    if (node.type === 'sequence') node.steps.forEach(add);
    if (node.type === 'parallel') node.branches.forEach(add);
    add(node.next);
  };
  add(nodeId);
  for (const { composite, later } of around) {
    later.forEach(add);
    const node = byId.get(composite);
    add(node === undefined || node.type === 'branch' ? undefined : node.next);
  }
  return found;
}

const isComposite = (node: FlowNode | undefined): boolean => node?.type === 'sequence' || node?.type === 'parallel';

describe('what a retry reuses, on generated graphs', () => {
  it('is, from a node, what completed and neither is a composite nor follows it', () => {
    fc.assert(
      fc.property(flowNodes(14), numbers, numbers, fc.nat(14), fc.nat(), (nodes, picks, decisions, ended, point) => {
        const plan = compilePlan({ nodes });
        const source = sourceOf(plan, choicesOf(picks, decisions), ended);
        const { nodeId } = source[point % source.length] as SourceNode;
        let around: readonly Enclosing[] = [];
        recursiveRun(nodes, choicesOf(picks, decisions), (started, enclosing) => {
          if (started === nodeId) around = enclosing;
        });
        const again = followers(nodes, nodeId, around);
        const expected = source.filter((node) => {
          return node.completed && !isComposite(plan.nodes.get(node.nodeId)) && !again.has(node.nodeId);
        });
        expect(reusedNodes(plan, source, { kind: 'node', nodeId })).toEqual(
          new Set(expected.map((node) => node.nodeId)),
        );
      }),
      SETTINGS,
    );
  });

  it('leads, from what failed, to the nodes and decisions that the source would have come to', () => {
    fc.assert(
      fc.property(flowNodes(14), numbers, numbers, numbers, fc.nat(14), (nodes, picks, decisions, other, ended) => {
        const plan = compilePlan({ nodes });
        const choices = choicesOf(picks, decisions);
        const source = sourceOf(plan, choices, ended);
        const reused = reusedNodes(plan, source, { kind: 'failed' });
        expect(reused).toEqual(
          new Set(
            source.flatMap((node) =>
              node.completed && !isComposite(plan.nodes.get(node.nodeId)) ? [node.nodeId] : [],
            ),
          ),
        );
        // In any other order of completions, with reused branches as they were decided.
        const arms = new Map(source.map(({ nodeId, arm }) => [nodeId, arm]));
        const again = choicesOf(other, decisions);
        const retried = drive(plan, {
          pick: again.pick,
          decide: (branchId, targets) => {
            const arm = reused.has(branchId) ? arms.get(branchId) : undefined;
            return arm === undefined ? again.decide(branchId, targets) : targets[arm === -1 ? targets.length - 1 : arm];
          },
        });
        expect(retried.run.ended).toBe(true);
        expect(new Set(retried.run.trace)).toEqual(new Set(drive(plan, choicesOf(picks, decisions)).run.trace));
        for (const nodeId of reused) expect(retried.run.trace).toContain(nodeId);
      }),
      SETTINGS,
    );
  });
});
