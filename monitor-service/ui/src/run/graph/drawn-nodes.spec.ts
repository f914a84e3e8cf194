import type { FlowNode } from '@flowplane/contracts/flow/document';
import { describe, expect, it } from 'vitest';
import type { NodeState } from '../run-model.js';
import { drawnNodes, shapeOf } from './drawn-nodes.js';

const NODES: readonly FlowNode[] = [
  { id: 'a', type: 'task', taskType: 'http.request', next: 'b' },
  { id: 'b', type: 'wait', duration: 'PT1H', name: 'Pause' },
];
const PLACES = new Map([
  ['a', { x: 0, y: 0 }],
  ['b', { x: 0, y: 100 }],
]);
const state = (status: NodeState['status'], httpStatus?: number): NodeState => ({
  ...{ status, reused: false, attempts: [], httpStatus },
});
const picture = (states: ReadonlyMap<string, NodeState> | undefined, selected: string | null = null) => ({
  ...{ nodes: NODES, places: PLACES, states, selected },
});

describe('the nodes of a picture', () => {
  it('stay the same objects as long as nothing of them changes', () => {
    const first = drawnNodes([], picture(new Map([['a', state('started')]])));
    expect(drawnNodes(first, picture(new Map([['a', state('started')]])))).toBe(first);
    const second = drawnNodes(first, picture(new Map([['a', state('completed')]])));
    expect([second[0] === first[0], second[1] === first[1]]).toEqual([false, true]);
    const third = drawnNodes(second, picture(new Map([['a', state('completed')]]), 'b'));
    expect([third[0] === second[0], third[1]?.selected]).toEqual([true, true]);
    const moved = new Map([...PLACES, ['a', { x: 5, y: 5 }] as const]);
    expect(drawnNodes(third, { ...picture(new Map([['a', state('completed')]]), 'b'), places: moved })[0]).not.toBe(
      third[0],
    );
  });

  it('say what a server answered with, to eyes and ears', () => {
    const [node] = drawnNodes([], picture(new Map([['a', state('completed', 404)]])));
    expect([node?.data.httpStatus, node?.ariaLabel]).toEqual([404, 'a, http.request, completed, HTTP 404']);
    const [answered] = drawnNodes([], picture(new Map([['a', state('completed')]])));
    expect(drawnNodes([answered as never], picture(new Map([['a', state('completed', 404)]])))[0]).not.toBe(answered);
  });

  it('have no status in the picture of a flow that does not run', () => {
    expect(drawnNodes([], picture(undefined)).map(({ ariaLabel }) => ariaLabel)).toEqual([
      'a, http.request',
      'Pause, wait',
    ]);
  });

  it('are not there before they have a place', () => {
    expect(drawnNodes([], { ...picture(undefined), places: undefined })).toEqual([]);
    expect(drawnNodes([], { ...picture(undefined), places: new Map([['b', { x: 0, y: 0 }]]) })).toHaveLength(1);
  });
});

describe('the shape of a flow', () => {
  it('changes with its lines and the order of its nodes, and with nothing else', () => {
    const shape = shapeOf(NODES);
    const [a, b] = NODES as [FlowNode, FlowNode];
    expect(shapeOf([{ ...a, name: 'Ask', input: { url: 'x' } } as FlowNode, b])).toBe(shape);
    expect(shapeOf([{ ...a, next: undefined } as unknown as FlowNode, b])).not.toBe(shape);
    expect(shapeOf([b, a])).not.toBe(shape);
    const parallel = { id: 'p', type: 'parallel', branches: ['a', 'b'] } as const;
    expect(shapeOf([{ ...parallel, branches: ['b', 'a'] }])).not.toBe(shapeOf([parallel]));
    const branch = (when: string): FlowNode => ({ id: 'c', type: 'branch', arms: [{ when, next: 'a' }] });
    expect(shapeOf([branch('x')])).not.toBe(shapeOf([branch('y')])); // labels have a width
  });
});
