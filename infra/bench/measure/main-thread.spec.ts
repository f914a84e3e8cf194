import { expect, it } from 'vitest';
import { mainThreadOf, type TraceEvent } from './main-thread.js';

const thread = (pid: number): TraceEvent => ({
  ...{ name: 'thread_name', ph: 'M', pid, tid: 1, ts: 0 },
  args: { name: 'CrRendererMain' },
});
const did = (pid: number, name: string, ts: number, dur: number): TraceEvent => ({
  ...{ name, ph: 'X', pid, tid: 1, ts: ts * 1_000, dur: dur * 1_000 },
});

it('finds the longest task of the page and what it spent its time on', () => {
  const events = [
    ...[thread(1), thread(2)],
    did(2, 'RunTask', 0, 1),
    ...[{ ...did(1, 'RunTask', 0, 100), tdur: 9_000 }, did(1, 'FunctionCall', 0, 60), did(1, 'MinorGC', 10, 20)],
    ...[did(1, 'UpdateLayoutTree', 60, 10), did(1, 'Layout', 70, 25)],
    ...[{ ...did(1, 'RunTask', 200, 30), tdur: 28_000 }, did(1, 'Paint', 200, 30)],
    did(1, 'Layout', 300, 500), // in no task
  ];
  expect(mainThreadOf(events)).toEqual({
    ...{ longestTaskMs: 100, mostCpuMs: 28, busyMs: 130 },
    inLongestTask: { script: 45, memory: 20, style: 10, layout: 25 },
    inAll: { script: 45, memory: 20, style: 10, layout: 25, paint: 30 },
  });
});

it('says so where there is nothing to find', () => {
  expect(() => mainThreadOf([thread(1)])).toThrow('no task of a page');
});
