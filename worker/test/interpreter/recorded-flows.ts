import type { FlowDefinition, FlowNode, JsonObject } from '@flowplane/contracts';
import type { WorkflowHandle } from '@temporalio/client';
import { APPROVAL_SIGNAL, type ReusedNode, type RunLimits } from '../../src/shared/run-input.js';
import { approval, branch, echo, http, parallel, sequence, subFlow, wait } from './nodes.js';

/** A run whose history is kept: what it is, and what happens to it from outside. */
export type RecordedFlow = {
  readonly nodes: readonly FlowNode[];
  /** Where more than its nodes matters. */
  readonly definition?: FlowDefinition;
  readonly input?: JsonObject;
  /** Flows for its sub-flow nodes. */
  readonly published?: Readonly<Record<string, readonly FlowNode[]>>;
  readonly reuse?: readonly ReusedNode[];
  readonly limits?: RunLimits;
  readonly meanwhile?: (handle: WorkflowHandle) => Promise<unknown>;
};

const signal = (commandId: string, nodeId: string | null, approved: boolean): object => ({
  commandId,
  nodeId,
  approved,
  actor: 'u1',
  onBehalfOf: null,
});

const TENS = '[0,1,2,3,4,5,6,7,8,9]';
const SLOW = `${TENS}.all(a, ${TENS}.all(b, ${TENS}.all(c, ${TENS}.all(d, a + b + c + d >= 0))))`;

/** One run per thing a history can hold. */
export const RECORDED_FLOWS: Readonly<Record<string, RecordedFlow>> = {
  'three-tasks': { nodes: [echo('a', 'b'), echo('b', 'c'), echo('c')] },
  'parallel-joins': {
    nodes: [
      parallel('p', ['a', 'b', 'f'], 'z'),
      echo('a', 'c'),
      branch('b', [['x > 1', 'c']], 'e'),
      echo('f', 'e'),
      echo('c', 't'),
      echo('e', 't'),
      echo('t'),
      echo('z'),
    ],
    input: { x: 2 },
  },
  'templates-and-wait': {
    nodes: [
      sequence('s', ['a', 'w', 'd'], 'z'),
      echo('a', undefined, { n: '${{ n + 1 }}', t: 'n=${{ n }}' }),
      wait('w', 'PT0.2S'),
      wait('d', '${{ duration("0.1s") }}'),
      echo('z'),
    ],
    input: { n: 1 },
  },
  approvals: {
    nodes: [
      approval('first', 'second', 'PT1H'),
      approval('second', 'third'),
      approval('third', 'end', 'PT0.2S'),
      echo('end'),
    ],
    meanwhile: async (handle) => {
      await handle.signal(APPROVAL_SIGNAL, signal('c1', null, true));
      await handle.signal(APPROVAL_SIGNAL, signal('c1', null, true));
      await handle.signal(APPROVAL_SIGNAL, signal('c2', 'second', false));
    },
  },
  'failed-branch': {
    nodes: [parallel('p', ['w', 'h']), wait('w', 'PT1H'), http('h', 'http://127.0.0.1:1/')],
  },
  'failed-expression': { nodes: [branch('b', [['missing', 'a']], 'a'), echo('a')] },
  cancelled: {
    nodes: [parallel('p', ['w', 'a', 'ok']), wait('w', 'PT1H'), approval('ok'), echo('a')],
    meanwhile: (handle) => handle.cancel(),
  },
  // The first evaluation takes much longer than those that wait for their turn.
  'parallel-evaluations': {
    nodes: [
      parallel('p', ['slow', 'b', 'w', 'c', 'choose']),
      echo('slow', 'after', { ok: `\${{ ${SLOW} }}` }),
      ...[echo('b', 'after', { n: '${{ 1 + 1 }}' }), wait('w', '${{ duration("0.1s") }}'), echo('after')],
      ...[echo('c', undefined, { n: '${{ missing_or_not }}' }), branch('choose', [['true', 'd']], 'd'), echo('d')],
    ],
    input: { missing_or_not: 3 },
  },
  'sub-flow': {
    nodes: [
      parallel('p', ['a', 'a-b', 'plain'], 'end'),
      subFlow('a', 'outer', undefined, { n: '${{ n + 1 }}' }),
      ...[subFlow('a-b', 'leaf'), subFlow('plain', 'leaf', undefined, { n: 7 }), echo('end')],
    ],
    published: {
      outer: [subFlow('b', 'leaf', undefined, { n: '${{ n }}' })],
      leaf: [wait('w', 'PT0.5S', 't'), echo('t')],
    },
    input: { n: 1 },
  },
  'sub-flow-failed': {
    nodes: [subFlow('c', 'fails')],
    published: { fails: [branch('b', [['missing', 'a']], 'a'), echo('a')] },
  },
  // Places for one of them and one below it: they run one after the other.
  'sub-flow-places': {
    nodes: [
      parallel('p', ['a', 'b', 'c'], 'd'),
      subFlow('a', 'two'),
      subFlow('b', 'two'),
      subFlow('c', 'one'),
      echo('d'),
    ],
    published: {
      one: [wait('w', 'PT0S')],
      two: [parallel('p', ['x', 'y']), subFlow('x', 'one'), subFlow('y', 'one')],
    },
    limits: { subFlowMaxRuns: 7, subFlowMaxOpen: 2 },
  },
  'sub-flow-cancelled': {
    nodes: [wait('z', 'PT0S', 'c'), subFlow('c', 'parked')],
    published: { parked: [approval('ok')] },
    meanwhile: async (handle) => {
      const events = async () => (await handle.fetchHistory()).events ?? [];
      while (!(await events()).some((event) => event.childWorkflowExecutionStartedEventAttributes));
      await handle.cancel();
    },
  },
  retry: {
    nodes: [
      echo('a', 'choose'),
      branch('choose', [['false', 'never']], 's'),
      sequence('s', ['ok', 'w', 'c', 'h'], 'end'),
      ...[echo('never'), approval('ok'), wait('w', 'PT1H'), subFlow('c', 'leaf'), echo('h')],
      echo('end', undefined, { by: '${{ ok.actor }}', n: '${{ a.n }}' }),
    ],
    reuse: [
      { nodeId: 'a', output: { n: 1 }, arm: null },
      { nodeId: 'choose', output: null, arm: -1 },
      { nodeId: 'ok', output: { approved: true, timedOut: false, actor: 'u1' }, arm: null },
      { nodeId: 'w', output: null, arm: null },
      { nodeId: 'c', output: { t: {} }, arm: null },
    ],
  },
};
