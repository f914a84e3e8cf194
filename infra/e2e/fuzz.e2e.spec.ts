import { setTimeout as delay } from 'node:timers/promises';
import { longOr, MAX_HEAP_MIB, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFuzzer } from './fuzz/fuzzer.js';
import { watchProcesses } from './fuzz/process-bounds.js';
import { closeConnections } from './fuzz/send.js';
import { openTarget, type Target } from './fuzz/target.js';

/** How long requests are sent, or FLOWS_TEST_FUZZ_SECONDS; where the machine is so slow that few are answered, longer. */
const BUDGET_MS = Number(process.env['FLOWS_TEST_FUZZ_SECONDS'] ?? longOr(120, 3_600)) * 1000;
const MIN_REQUESTS = 200;
const DEADLINE_MS = BUDGET_MS + 900_000;
const AT_ONCE = 8;
/** Many times within the ten minutes for which the longest turn is remembered. */
const LOOK_EVERY_MS = 5_000;
/**
 * CPU time of the longest turn of an event loop. In `npm test` it is printed, and only what is far beyond it fails, since what
 * else the machine does makes the same work take up to twice as long.
 */
const MAX_TURN_MS = longOr(1_500, 250);
/** Of a process beside its heap: its threads, their heaps, buffers and code. */
const BESIDE_HEAP_MIB = 1_024;
const MAX_SHOWN = 20;
/**
 * FLOWS_TEST_SEED gives other requests, or those of a run before in the same order; how they overlap is the machine's to
 * say. `npm test` always sends the same ones: what is new is looked for in the long form.
 */
const seed = Number(process.env['FLOWS_TEST_SEED'] ?? longOr(20_261_129, Math.floor(Math.random() * 2 ** 31)));

/** Quotas that keep what there is bounded, and rates that many more requests than a client may send do not reach. */
const ENV = {
  FLOWS_QUOTA_MAX_FLOWS: '200',
  FLOWS_QUOTA_MAX_FLOW_VERSIONS: '1000',
  FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: '200',
  FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '-1',
  FLOWS_QUOTA_FLOW_SIGNAL_RATE_PER_MINUTE: '-1',
  FLOWS_QUOTA_COMMAND_RATE: '-1',
  FLOWS_QUOTA_COMMAND_BYTES: '-1',
};

let services: IsolatedServices;
let target: Target;

beforeAll(async () => {
  services = await startServices({ env: ENV });
  target = await openTarget(services);
});

afterAll(async () => {
  closeConnections();
  await services?.close();
});

describe('generated requests to every route, right and broken', () => {
  it(
    `are answered as the document says, and no process is held up, grows or ends (seed ${seed})`,
    async () => {
      const watch = watchProcesses(services);
      const fuzzer = makeFuzzer(target, seed);
      const endsAt = Date.now() + BUDGET_MS;
      const isOver = (): boolean => Date.now() > endsAt && fuzzer.answered() >= MIN_REQUESTS;
      const lane = async (): Promise<void> => {
        while (!isOver()) await fuzzer.sendNext();
      };
      const looking = async (): Promise<void> => {
        while (!isOver()) {
          await delay(LOOK_EVERY_MS);
          await watch.look();
        }
      };
      await Promise.all([...Array.from({ length: AT_ONCE }, lane), looking()]);
      await watch.look();
      const figures = Object.entries(watch.figures());
      const told = figures.map(
        ([name, { longestTurnMs, peakMiB }]) =>
          `${name}: longest turn ${longestTurnMs} ms of CPU, memory ${peakMiB} MiB`,
      );
      process.stdout.write(
        [`fuzzing, seed ${seed}: ${fuzzer.answered()} requests`, fuzzer.summary(), ...told, ''].join('\n'),
      );
      expect(fuzzer.faults().slice(0, MAX_SHOWN)).toEqual([]);
      expect(figures.filter(([, { hasEnded }]) => hasEnded)).toEqual([]);
      expect(figures.filter(([, { longestTurnMs }]) => longestTurnMs > MAX_TURN_MS)).toEqual([]);
      expect(figures.filter(([, { peakMiB = 0 }]) => peakMiB > MAX_HEAP_MIB + BESIDE_HEAP_MIB)).toEqual([]);
    },
    DEADLINE_MS,
  );
});
