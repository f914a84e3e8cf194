import type { MeasuredFlow } from './published-flow.js';

const echo = (step: number, next?: string): object => ({
  id: `step${step}`,
  type: 'task',
  taskType: 'bench.echo',
  input: { step },
  ...(next === undefined ? {} : { next }),
});

/** A branch that leads into a parallel of two tasks, and a third after both. */
export const BRANCH_PARALLEL_FLOW: MeasuredFlow = {
  apiVersion: 'v1.0',
  name: 'bench-branch-parallel',
  inputs: { amount: { type: 'number', default: 10 } },
  nodes: [
    { id: 'size', type: 'branch', arms: [{ when: 'inputs.amount > 100', next: 'step3' }], default: 'both' },
    { id: 'both', type: 'parallel', branches: ['step1', 'step2'], next: 'step3' },
    echo(1),
    echo(2),
    echo(3),
  ],
};
