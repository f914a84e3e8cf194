import { validateSemantics, validateStructure, type FlowDefinition, type FlowNode } from '@flowplane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyNodes, choicesOf, flowNodes, numbers } from '../../test/planner/generated-flows.js';
import { drive } from '../../test/planner/model.js';
import { compilePlan } from './plan.js';

const SETTINGS = { numRuns: 3000, verbose: fc.VerbosityLevel.Verbose } as const;

/**
 * Nodes that two or more heads of a parallel at the root reach: no walls there, so this is all of flow-language 4.3.
 */
function sharedBy(nodes: readonly FlowNode[], heads: readonly string[]): ReadonlySet<string> {
  const { targets } = compilePlan({ nodes: [...nodes] });
  const reachedFrom = (head: string): ReadonlySet<string> => {
    const found = new Set([head]);
    for (const id of found) for (const target of targets.get(id) ?? []) found.add(target);
    return found;
  };
  const reached = [...new Set(heads)].map(reachedFrom);
  return new Set(nodes.map(({ id }) => id).filter((id) => reached.filter((fromHead) => fromHead.has(id)).length > 1));
}

describe('what a node depends on', () => {
  it('has ended before it starts: all of the round before a join node', () => {
    fc.assert(
      fc.property(
        flowNodes(14),
        fc.array(fc.nat(12), { minLength: 2, maxLength: 4 }),
        numbers,
        numbers,
        (drafts, to, picks, decisions) => {
          fc.pre(drafts.length > 2);
          const branches = to.map((index) => `n${1 + (index % (drafts.length - 1))}`);
          const nodes: FlowNode[] = [{ id: 'n0', type: 'parallel', branches }, ...drafts.slice(1)];
          const joins = sharedBy(nodes, branches);
          const open = new Set<string>();
          let hasJoined = false;
          for (const { kind, nodeId } of drive(compilePlan({ nodes }), choicesOf(picks, decisions)).events) {
            if (kind !== 'start') open.delete(nodeId);
            else {
              if (joins.has(nodeId) && !hasJoined) expect([...open]).toEqual(['n0']);
              hasJoined ||= joins.has(nodeId);
              open.add(nodeId);
            }
          }
          expect([...open]).toEqual([]);
        },
      ),
      SETTINGS,
    );
  });
});

describe('the validator and the planner never disagree', () => {
  const isValid = (definition: FlowDefinition): boolean =>
    validateStructure(definition).ok &&
    validateSemantics(definition, { resolveSubFlow: () => undefined, echoTasks: true }).length === 0;

  it('what validates never wedges: no unknown node, no endless walk, nothing left open', () => {
    let valid = 0;
    fc.assert(
      fc.property(anyNodes(7), numbers, numbers, (nodes, picks, decisions) => {
        if (!isValid({ apiVersion: 'v1.0', name: 'any', nodes })) return;
        valid += 1;
        const { run } = drive(compilePlan({ nodes }), choicesOf(picks, decisions));
        expect(run).toMatchObject({ ended: true, active: [], scopes: [] });
        expect(new Set(run.trace).size).toBe(run.trace.length);
      }),
      { ...SETTINGS, numRuns: 10_000 },
    );
    expect(valid).toBeGreaterThan(500);
  });

  it('what the planner cannot walk to its end is refused', () => {
    let wedged = 0;
    fc.assert(
      fc.property(anyNodes(7), numbers, numbers, (nodes, picks, decisions) => {
        if (ends(nodes, picks, decisions)) return;
        wedged += 1;
        expect(isValid({ apiVersion: 'v1.0', name: 'any', nodes })).toBe(false);
      }),
      { ...SETTINGS, numRuns: 10_000 },
    );
    expect(wedged).toBeGreaterThan(500);
  });
});

function ends(nodes: FlowNode[], picks: readonly number[], decisions: readonly number[]): boolean {
  try {
    return drive(compilePlan({ nodes }), choicesOf(picks, decisions)).run.ended;
  } catch {
    return false;
  }
}
