import { subFlowTotals, type FlowNode } from '@flowplane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choicesOf, flowNodes, numbers } from '../../test/planner/generated-flows.js';
import { drive } from '../../test/planner/model.js';
import { compilePlan } from './plan.js';

/** Every task starts a sub-flow instead; the number of its version says what a run of that starts. */
const asSubFlow = (node: FlowNode, index: number): FlowNode =>
  node.type === 'task'
    ? {
        ...{ id: node.id, type: 'sub-flow', flowId: 'other', flowVersion: String(1 + (index % 5)) },
        ...(node.next === undefined ? {} : { next: node.next }),
      }
    : node;
const runsOf = (node: FlowNode | undefined): number => (node?.type === 'sub-flow' ? 1 + Number(node.flowVersion) : 0);

describe('the runs of sub-flows that a definition can start', () => {
  it('are never fewer than a run starts, whatever its branches decide, and never more than all nodes would', () => {
    let reached = 0;
    fc.assert(
      fc.property(flowNodes(14), numbers, numbers, (drafts, picks, decisions) => {
        const nodes = drafts.map(asSubFlow);
        const { runs } = subFlowTotals({ nodes }, (_flowId, version) => ({ nesting: 0, runs: version }));
        const plan = compilePlan({ nodes });
        const { trace } = drive(plan, choicesOf(picks, decisions)).run;
        const started = trace.reduce((sum, id) => sum + runsOf(plan.nodes.get(id)), 0);
        expect(runs).toBeGreaterThanOrEqual(started);
        expect(runs).toBeLessThanOrEqual(nodes.reduce((sum, node) => sum + runsOf(node), 0));
        if (started > 0 && runs === started) reached += 1;
      }),
      { numRuns: 3000, verbose: fc.VerbosityLevel.Verbose },
    );
    expect(reached).toBeGreaterThan(500);
  });
});
