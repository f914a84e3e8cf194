import { threadCpuClock } from '../threads/thread-cpu.js';
import type { Metrics } from './metrics.js';

/**
 * How often the loop is looked at, and so by how much at most a turn is shown longer than it was. Measured: 0.1 to 0.3 % of
 * a core in a process that does nothing else, nearly all of it for waking up.
 */
const LOOK_EVERY_MS = 50;
const SLOT_MS = 60_000;
const SLOTS = 10;

export type LoopTurnsOptions = {
  /** CPU time of the calling thread in ms; default: the operating system's. */
  readonly cpuMs?: (() => number) | undefined;
  /** Monotonous time in ms. */
  readonly nowMs?: () => number;
};

/**
 * Publishes `flows_loop_turn_cpu_seconds_max`: the longest turn of the calling thread's event loop in the last ten minutes.
 *
 * It counts the CPU time of this thread alone, so that neither a busy machine nor other threads make a turn longer. A
 * timer comes due every 50 ms and runs in the first turn that begins after that; the CPU time between two of its runs is that
 * of the turn which kept it waiting, and of 50 ms at most before that one. Where the CPU time of a thread
 * cannot be known (Node before 23.9 on systems without /proc), the metric has no sample.
 *
 * Several services in one process have one event loop: they share one timer, and each publishes what it found.
 *
 * @returns ends it
 */
export function watchLoopTurns(metrics: Metrics, options?: LoopTurnsOptions): () => void {
  const watch = options === undefined ? joinSharedWatch() : startWatch(options);
  if (watch === undefined) return () => undefined;
  const gauge = metrics.gauge({
    name: 'flows_loop_turn_cpu_seconds_max',
    help: 'CPU time of the longest turn of the event loop in the last 10 minutes, at most 0.05 s too long; other threads do not count.',
  });
  Object.assign(gauge, { collect: () => gauge.set(watch.longestMs() / 1000) });
  return watch.end;
}

type Watch = { readonly longestMs: () => number; readonly end: () => void };

/** The one watch of this thread's loop, from the first who asks for it until the last has ended it. */
let shared: (Watch & { users: number }) | undefined;

function joinSharedWatch(): Watch | undefined {
  if (shared === undefined) {
    const started = startWatch({});
    if (started === undefined) return undefined;
    shared = { ...started, users: 0 };
  }
  const mine = shared;
  mine.users += 1;
  let isOver = false;
  return {
    longestMs: mine.longestMs,
    end: () => {
      if (isOver) return;
      isOver = true;
      mine.users -= 1;
      if (mine.users > 0) return;
      mine.end();
      shared = undefined;
    },
  };
}

function startWatch(options: LoopTurnsOptions): Watch | undefined {
  const cpuMs = 'cpuMs' in options ? options.cpuMs : threadCpuClock();
  if (cpuMs === undefined) return undefined;
  const nowMs = options.nowMs ?? (() => performance.now());
  const longest = makeRecentMax();
  let cpuBefore = cpuMs();
  const look = (): void => {
    const cpu = cpuMs();
    longest.add(cpu - cpuBefore, nowMs());
    cpuBefore = cpu;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  return { longestMs: () => longest.read(nowMs()), end: () => clearInterval(timer) };
}

/** The greatest of the values that were added in the last ten minutes (the present one and nine whole ones before it). */
function makeRecentMax(): {
  readonly add: (value: number, atMs: number) => void;
  readonly read: (atMs: number) => number;
} {
  const slots = Array.from({ length: SLOTS }, () => ({ minute: -1, max: 0 }));
  return {
    add: (value, atMs) => {
      const minute = Math.floor(atMs / SLOT_MS);
      const slot = slots[minute % SLOTS] as { minute: number; max: number };
      if (slot.minute !== minute) Object.assign(slot, { minute, max: 0 });
      if (value > slot.max) slot.max = value;
    },
    read: (atMs) => {
      const oldest = Math.floor(atMs / SLOT_MS) - SLOTS + 1;
      return Math.max(0, ...slots.filter(({ minute }) => minute >= oldest).map(({ max }) => max));
    },
  };
}
