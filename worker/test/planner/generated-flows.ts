import type { FlowNode } from '@flowplane/contracts';
import fc from 'fast-check';
import type { Choices } from './model.js';

/** Generated graphs for property tests: acyclic, since edges only lead to later nodes; every type of node. */
export const flowNodes = (maxNodes: number): fc.Arbitrary<FlowNode[]> =>
  fc.integer({ min: 1, max: maxNodes }).chain((size) => {
    const drafts = Array.from({ length: size }, (_, index) => nodeAt(index, size));
    return fc.tuple(...drafts);
  });

/** Graphs of any kind: edges backwards, to the node itself and to nowhere, and ids used twice, now and then. */
export const anyNodes = (maxNodes: number): fc.Arbitrary<FlowNode[]> =>
  fc.integer({ min: 1, max: maxNodes }).chain((size) => {
    const last = size - 1;
    const drafts = Array.from({ length: size }, (_, index) => {
      const anywhere = fc.integer({ min: 0, max: last }).map(idOf);
      const onward = index === last ? anywhere : fc.integer({ min: index + 1, max: last }).map(idOf);
      const target = fc.oneof(
        { weight: 30, arbitrary: onward },
        { weight: 1, arbitrary: anywhere },
        { weight: 1, arbitrary: fc.constant('nowhere') },
      );
      const node =
        index === last
          ? fc.oneof(fc.constant(leaf(idOf(index))), nodeWith(idOf(index), target))
          : nodeWith(idOf(index), target);
      const id = fc.oneof({ weight: 20, arbitrary: fc.constant(idOf(index)) }, { weight: 1, arbitrary: anywhere });
      return fc.tuple(node, id).map(([draft, given]): FlowNode => ({ ...draft, id: given }));
    });
    return fc.tuple(...drafts);
  });

const idOf = (index: number): string => `n${index}`;
const leaf = (id: string, next?: string): FlowNode => ({ id, type: 'task', taskType: 'echo', ...withNext(next) });

function nodeAt(index: number, size: number): fc.Arbitrary<FlowNode> {
  const id = idOf(index);
  if (index === size - 1) return fc.constant(leaf(id));
  // Near targets make composites nest; far ones make them share.
  const near = fc.integer({ min: index + 1, max: Math.min(size - 1, index + 4) });
  const far = fc.integer({ min: index + 1, max: size - 1 });
  return nodeWith(id, fc.oneof({ weight: 2, arbitrary: near }, { weight: 1, arbitrary: far }).map(idOf));
}

/** A node of any type whose edges lead to what `target` gives. */
function nodeWith(id: string, target: fc.Arbitrary<string>): fc.Arbitrary<FlowNode> {
  const next = fc.option(target, { nil: undefined, freq: 3 });
  const several = fc.array(target, { minLength: 2, maxLength: 4 });
  return fc.oneof(
    { weight: 3, arbitrary: next.map((to) => leaf(id, to)) },
    { weight: 1, arbitrary: next.map((to): FlowNode => ({ id, type: 'wait', duration: 'PT0S', ...withNext(to) })) },
    { weight: 1, arbitrary: next.map((to): FlowNode => ({ id, type: 'approval', ...withNext(to) })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.array(target, { maxLength: 4 }), next)
        .map(([steps, to]): FlowNode => ({ id, type: 'sequence', steps, ...withNext(to) })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(several, next)
        .map(([branches, to]): FlowNode => ({ id, type: 'parallel', branches, ...withNext(to) })),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(several, fc.option(target, { nil: undefined })).map(([arms, fallback]): FlowNode => {
        const listed = arms.map((to) => ({ when: 'true', next: to }));
        return { id, type: 'branch', arms: listed, ...(fallback === undefined ? {} : { default: fallback }) };
      }),
    },
  );
}

const withNext = (next: string | undefined): { next?: string } => (next === undefined ? {} : { next });

/** Choices from a list of numbers, so that a failing run shrinks; a branch always decides alike. */
export function choicesOf(picks: readonly number[], decisions: readonly number[]): Choices {
  let turn = 0;
  return {
    pick: (active) => (picks[turn++ % picks.length] ?? 0) % active.length,
    decide: (branchId, targets) =>
      targets[(decisions[Number(branchId.slice(1)) % decisions.length] ?? 0) % targets.length],
  };
}
export const numbers: fc.Arbitrary<number[]> = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 });
