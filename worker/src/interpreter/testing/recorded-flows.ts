import type { FlowNode, JsonObject } from '@flowplane/contracts';
import type { WorkflowHandle } from '@temporalio/client';
import { APPROVAL_SIGNAL } from '../../run-input.js';
import { approval, branch, echo, http, parallel, sequence, wait } from './nodes.js';

/** A run whose history is kept: what it is, and what happens to it from outside. */
export type RecordedFlow = {
  readonly nodes: FlowNode[];
  readonly input?: JsonObject;
  readonly meanwhile?: (handle: WorkflowHandle) => Promise<unknown>;
};

const signal = (commandId: string, nodeId: string | null, approved: boolean): object => ({
  commandId,
  nodeId,
  approved,
  actor: 'u1',
  onBehalfOf: null,
});

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
};
