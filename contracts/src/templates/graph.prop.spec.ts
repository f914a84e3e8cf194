import fc from 'fast-check';
import { expect, test } from 'vitest';
import { provisionWorkflow } from './document.js';
import { checkGraph } from './graph.js';
import { templateOf } from '../../test/templates.js';

const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    nodes: fc.shuffledSubarray(
      Array.from({ length: size }, (_, index) => `n${index}`),
      { minLength: size },
    ),
    pairs: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 25 }),
  }),
);
const check = (nodes: readonly string[], edges: readonly (readonly [string, string])[]) =>
  checkGraph(
    provisionWorkflow(
      templateOf(
        nodes.map((id) => ({ id })),
        edges,
      ),
    )!,
    { maxSteps: 50 },
  );

test('every acyclic graph has an order in which each node follows its predecessors', () => {
  fc.assert(
    fc.property(graphs, ({ nodes, pairs }) => {
      // Edges from smaller to larger numbers make no cycle, in whatever order the nodes stand.
      const edges = pairs.flatMap(([a, b]) => (a < b ? [[`n${a}`, `n${b}`] as const] : []));
      const result = check(nodes, edges);
      const order = result.ok ? result.value.map(({ id }) => id) : [];
      expect(order.toSorted()).toEqual(nodes.toSorted());
      for (const [source, dest] of edges) {
        expect(order.indexOf(source)).toBeLessThan(order.indexOf(dest));
      }
    }),
  );
});

test('a graph with a cycle is refused, and every edge that is listed leads to a node that is on or behind it', () => {
  fc.assert(
    fc.property(graphs, fc.integer({ min: 2, max: 5 }), ({ nodes, pairs }, length) => {
      const ring = Array.from({ length }, (_, index) => `r${index}`);
      const cycle = ring.map((id, index) => [id, ring[(index + 1) % length]!] as const);
      const edges = pairs.flatMap(([a, b]) => (a < b ? [[`n${a}`, `n${b}`] as const] : []));
      const result = check([...nodes, ...ring], [...edges, ...cycle]);
      const message = result.ok ? '' : result.error.message;
      expect(message).toMatch(/^Cycle detected: /);
      expect(message.slice('Cycle detected: ['.length, -1).split(', ').toSorted()).toEqual(
        cycle.map(([source, dest]) => `${source}->${dest}`).toSorted(),
      );
    }),
  );
});
