import { expect, test } from 'vitest';
import type { Counters } from '../measure/counters.js';
import type { Side } from './measure-side.js';
import { runFigures } from './run-figures.js';

const NONE: Counters = {
  transactions: null,
  wal: null,
  kafkaRequests: null,
  engineRequests: null,
  contextSwitches: null,
};
const side = (cpuPerRun: Side['cpuPerRun']): Side => ({
  runsPerSecond: 10,
  historyEvents: 20,
  cpuPerRun: { temporal: 0.04, postgres: 0.03, kafka: 0.01, load: 0.01, ...cpuPerRun },
  idleCores: {},
  cores: {},
  countersPerRun: NONE,
  idleCounters: NONE,
  fixedWorkMs: 50,
});
const lineOf = (ours: Side['cpuPerRun']) => {
  const measured = [{ ours: side(ours), byHand: side({ worker: 0.02 }), system: null }];
  const figures = runFigures({ id: 'a', leastRatio: 0.8, mostRatio: null }, measured);
  return (name: string) => figures.find((figure) => figure.name.trim() === name)?.samples;
};

test('our worker is compared with the hand-written one', () => {
  expect(lineOf({ worker: 0.03, executor: 0.005 })('worker process')).toEqual([{ ours: 30, baseline: 20 }]);
});

test('where all services are one process there is no line of the worker: it is among our other services', () => {
  const line = lineOf({ compact: 0.05 });
  expect(line('worker process')).toBeUndefined();
  expect(line('our other services')).toEqual([{ ours: 50, baseline: 0 }]);
});
