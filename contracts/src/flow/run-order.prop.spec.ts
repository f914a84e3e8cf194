import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FlowNode } from './document.js';
import { edgesOf } from './graph.js';
import { runOrder } from './run-order.js';

const MAX_NODES = 12;

/** Nodes with edges to any others, also back: what is asked must be answered of every document. */
const nodesArbitrary: fc.Arbitrary<readonly FlowNode[]> = fc.integer({ min: 1, max: MAX_NODES }).chain((count) => {
  const id = fc.integer({ min: 0, max: count - 1 }).map((at) => `n${at}`);
  const ids = fc.array(id, { minLength: 1, maxLength: 3 });
  const next = fc.option(id, { nil: undefined });
  const node = (own: string) =>
    fc.oneof(
      next.map((to) => ({ id: own, type: 'wait', duration: 'PT1S', ...(to === undefined ? {} : { next: to }) })),
      fc.tuple(ids, next).map(([steps, to]) => ({ id: own, type: 'sequence', steps, next: to })),
      fc.tuple(ids, next).map(([branches, to]) => ({ id: own, type: 'parallel', branches, next: to })),
      fc
        .tuple(id, id)
        .map(([yes, no]) => ({ id: own, type: 'branch', arms: [{ when: 'true', next: yes }], default: no })),
    );
  return fc.tuple(...Array.from({ length: count }, (_, at) => node(`n${at}`))) as unknown as fc.Arbitrary<FlowNode[]>;
});

/** The same, said plainly: one walk over the graph for each question. */
function walked(nodes: readonly FlowNode[]) {
  const targets = new Map(nodes.map((node) => [node.id, edgesOf(node).map(({ target }) => target)]));
  const reach = (from: string, without?: string, seen = new Set<string>()): ReadonlySet<string> => {
    if (from === without || seen.has(from)) return seen;
    seen.add(from);
    for (const end of targets.get(from) ?? []) reach(end, without, seen);
    return seen;
  };
  const first = nodes[0]?.id ?? '';
  const leads = (from: string, to: string): boolean => reach(from).has(to);
  const forks = nodes.filter(({ id, type }) => ['sequence', 'parallel'].includes(type) && leads(first, id));
  return {
    isReached: (id: string) => leads(first, id),
    mayPrecede: (earlier: string, later: string) =>
      earlier !== later &&
      leads(first, earlier) &&
      reach(first, later).has(earlier) &&
      (leads(earlier, later) ||
        forks.some(({ id }) => {
          const ends = targets.get(id) ?? [];
          return ends.some((one) => leads(one, earlier) && ends.some((other) => other !== one && leads(other, later)));
        })),
  };
}

it('what is worked out for all nodes together is what a walk for each would find', () => {
  fc.assert(
    fc.property(nodesArbitrary, (nodes) => {
      const order = runOrder({ nodes });
      const plain = walked(nodes);
      for (const { id } of nodes) {
        expect(order.isReached(id)).toBe(plain.isReached(id));
        for (const { id: later } of nodes) expect(order.mayPrecede(id, later)).toBe(plain.mayPrecede(id, later));
      }
    }),
    { numRuns: 500, verbose: true },
  );
});

it('what is not in the document precedes nothing, and has nothing before it', () => {
  const order = runOrder({ nodes: [{ id: 'a', type: 'wait', duration: 'PT1S' }] });
  expect([order.isReached('x'), order.mayPrecede('x', 'a'), order.mayPrecede('a', 'x')]).toEqual([false, false, false]);
  expect(runOrder({ nodes: [] }).isReached('a')).toBe(false);
});

it('takes no square of the number of nodes', () => {
  const count = 3000;
  const nodes = Array.from({ length: count }, (_, at): FlowNode => {
    const next = at + 1 < count ? { next: `n${at + 1}` } : {};
    return { id: `n${at}`, type: 'wait', duration: 'PT1S', ...next };
  });
  const takenMs = (): number => {
    const before = process.cpuUsage();
    const order = runOrder({ nodes });
    let isAll = true;
    for (let at = 1; at < count; at += 1) isAll &&= order.mayPrecede(`n${at - 1}`, `n${at}`);
    const { user } = process.cpuUsage(before);
    expect(isAll).toBe(true);
    return user / 1000;
  };
  // One walk for each question took 900 ms of the processor where this takes 15.
  expect(Math.min(takenMs(), takenMs(), takenMs())).toBeLessThan(200);
});
