import { describe, expect, test } from 'vitest';
import type { WrittenEdge, WrittenNode } from '../../test/templates.js';
import { passed, refused, templateOf } from '../../test/templates.js';
import { provisionWorkflow } from './document.js';
import { checkGraph } from './graph.js';

const check = (nodes: readonly WrittenNode[], edges: readonly WrittenEdge[] = [], maxSteps = 50) =>
  checkGraph(provisionWorkflow(templateOf(nodes, edges))!, { maxSteps });
const ids = (...names: string[]): WrittenNode[] => names.map((id) => ({ id }));

describe('refusals', () => {
  test.each<[number, string, readonly WrittenNode[], readonly WrittenEdge[]]>([
    [
      403,
      'The step type [delete_index] for node [x] can not be used in a workflow.',
      [{ id: 'x', type: 'delete_index' }],
      [],
    ],
    [
      403,
      'The step type [delete_ingest_pipeline] for node [x] can not be used in a workflow.',
      [{ id: 'x', type: 'delete_ingest_pipeline' }],
      [],
    ],
    [
      403,
      'The step type [delete_search_pipeline] for node [x] can not be used in a workflow.',
      [{ id: 'x', type: 'delete_search_pipeline' }],
      [],
    ],
    [400, 'Duplicate node id a.', ids('a', 'a'), []],
    [400, 'Edge source x does not correspond to a node.', ids('a'), [['x', 'y']]],
    [400, 'Edge destination y does not correspond to a node.', ids('a'), [['a', 'y']]],
    [400, 'Edge source gone does not correspond to a node.', [{ id: 'a', previous_node_inputs: { gone: 'k' } }], []],
    [
      400,
      'Edge connects node a to itself.',
      ids('a', 'b'),
      [
        ['a', 'b'],
        ['a', 'a'],
      ],
    ],
    [
      400,
      'No start node detected: all nodes have a predecessor.',
      ids('a', 'b'),
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    ],
    [501, 'Workflow step type [nope] is not implemented.', [{ id: 'a', type: 'nope' }], []],
    [501, 'Workflow step type [constructor] is not implemented.', [{ id: 'a', type: 'constructor' }], []],
    [
      400,
      'failed to parse setting [a.user_inputs.node_timeout] with value [soon] as a time value: unit is missing or unrecognized',
      [{ id: 'a', user_inputs: { node_timeout: 'soon' } }],
      [],
    ],
    [
      400,
      'Failed to parse timeout value [-5s] for field [a.user_inputs.node_timeout]. Must be positive',
      [{ id: 'a', user_inputs: { node_timeout: '-5s' } }],
      [],
    ],
    [
      400,
      'Failed to parse timeout value [25d] for field [a.user_inputs.node_timeout]. Must be at most 1d',
      [{ id: 'a', user_inputs: { node_timeout: '25d' } }],
      [],
    ],
  ])('%i %s', (status, message, nodes, edges) => {
    expect(refused(check(nodes, edges))).toEqual({ status, message });
  });

  test('a cycle lists all edges that were not consumed', () => {
    const { message } = refused(
      check(ids('r', 'a', 'b', 'c'), [
        ['r', 'a'],
        ['a', 'b'],
        ['b', 'a'],
        ['b', 'c'],
      ]),
    );
    expect(message).toMatch(/^Cycle detected: \[/);
    expect(message.slice('Cycle detected: ['.length, -1).split(', ').toSorted()).toEqual(['a->b', 'b->a', 'b->c']);
  });

  test('too many nodes, with and without an id', () => {
    const end = 'Change the setting [plugins.flow_framework.max_workflow_steps] to increase this.';
    expect(refused(check(ids('a', 'b'), [], 1)).message).toBe(
      `Workflow null has 2 nodes, which exceeds the maximum of 1. ${end}`,
    );
    const workflow = provisionWorkflow(templateOf(ids('a', 'b')))!;
    expect(refused(checkGraph(workflow, { workflowId: 'K1', maxSteps: 1 })).message).toMatch(
      /^Workflow K1 has 2 nodes/,
    );
  });

  test('the first rule in their order wins, not the first node', () => {
    const nodes: WrittenNode[] = [
      { id: 'a', type: 'nope', user_inputs: { node_timeout: 'soon' } },
      { id: 'b' },
      { id: 'b', type: 'delete_index' },
    ];
    const edges: WrittenEdge[] = [
      ['a', 'a'],
      ['x', 'a'],
    ];
    const without = (...gone: number[]) => nodes.filter((_, index) => !gone.includes(index));
    expect(refused(check(nodes, edges, 2)).message).toMatch(/exceeds the maximum/);
    expect(refused(check(nodes, edges)).status).toBe(403);
    expect(refused(check([...without(2), { id: 'b' }], edges)).message).toBe('Duplicate node id b.');
    expect(refused(check(without(2), edges)).message).toMatch(/^Edge source x/);
    expect(refused(check(without(2), edges.slice(0, 1))).message).toMatch(/to itself/);
    expect(refused(check(without(2))).status).toBe(501);
    expect(refused(check([{ ...nodes[0]!, type: 'noop' }])).message).toMatch(/as a time value/);
  });
});

test('a message that would be very long is cut', () => {
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const every = names.flatMap((a) => names.flatMap((b): WrittenEdge[] => (a === b ? [] : [[a, b]])));
  const { message } = refused(
    check(ids('r', ...names.slice(1)), [['r', 'n1'], ...every.filter(([a, b]) => a !== 'n0' && b !== 'n0')]),
  );
  expect(message).toHaveLength(10_001);
  expect(message).toMatch(/^Cycle detected: \[n1->n2, .*…$/);
  // The cut would be in the middle of a character that takes two units.
  const { message: other } = refused(check([{ id: 'a', type: `${'x'.repeat(9_979)}😀` }]));
  expect(other).toHaveLength(10_000);
  expect(other).toMatch(/x…$/);
});

test('the order begins with the roots of the document; edges that stand twice count once', () => {
  const order = check(ids('d', 'b', 'a', 'c'), [
    ['a', 'd'],
    ['a', 'd'],
    ['b', 'd'],
    ['d', 'c'],
  ]);
  expect(passed(order).map(({ id }) => id)).toEqual(['b', 'a', 'd', 'c']);
});
