import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FlowNode } from '@flowplane/contracts';
import { longOr } from '@flowplane/stack';
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPROVAL_SIGNAL } from '../shared/run-input.js';
import {
  endsOfModel,
  scenarios,
  visitsEnough,
  type Scenario,
  type ScenarioEnd as End,
} from '../../test/interpreter/generated-scenarios.js';
import { scheduledActivities } from '../../test/interpreter/history-file.js';
import { openTestInterpreter, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';

const RUNS = longOr(60, 200);
const CONCURRENT_RUNS = 40;
const WORKERS = 2;
const RUNS_BETWEEN_KILLS = 12;
const MIN_KILLS = longOr(2, 6);
/** Give it as FLOWS_TEST_SEED to run the same graphs again. The kills fall when they fall. */
const seed = Number(process.env['FLOWS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const MAIN = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));
/** An attempt that died with its worker is given up after this. */
const SOON = { initialInterval: 'PT0.1S', backoffCoefficient: 1, timeouts: { startToClose: 'PT3S' } };

let interpreter: TestInterpreter;
const workers: ChildProcess[] = [];
beforeAll(async () => {
  interpreter = await openTestInterpreter({ FLOWS_DEV_ECHO_DELAY_MS: '150' });
  await interpreter.stop();
  for (let count = 0; count < WORKERS; count += 1) workers.push(startWorker());
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await interpreter.close();
});

function startWorker(): ChildProcess {
  const env = { ...interpreter.env, WORKER_HEALTH_PORT: '0', LOG_LEVEL: 'error' };
  return spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/**
 * Kills a worker, at random one of them, each time some more runs have ended: paced by what got done, so that a slow
 * machine, where a worker takes long to come back, is not left without workers.
 */
function makeKiller(): { readonly runEnded: () => void; readonly kills: () => number } {
  let kills = 0;
  let runsLeft = RUNS_BETWEEN_KILLS;
  const runEnded = (): void => {
    runsLeft -= 1;
    if (runsLeft > 0) return;
    runsLeft = Math.ceil(Math.random() * 2 * RUNS_BETWEEN_KILLS);
    kills += 1;
    const index = Math.floor(Math.random() * workers.length);
    workers[index]?.kill('SIGKILL');
    workers[index] = startWorker();
  };
  return { runEnded, kills: () => kills };
}

const patient = (node: FlowNode): FlowNode => (node.type === 'task' ? { ...node, retryPolicy: SOON } : node);

async function sendSignals(handle: WorkflowHandle, { signals }: Scenario): Promise<void> {
  for (const signal of signals.toSorted(() => Math.random() - 0.5)) {
    await delay(Math.random() * 600);
    // A run that has failed meanwhile takes no more signals.
    await handle.signal(APPROVAL_SIGNAL, signal).catch(() => undefined);
  }
}

async function endOnEngine(scenario: Scenario): Promise<{ readonly end: End; readonly faults: readonly string[] }> {
  const handle = await interpreter.start(scenario.nodes.map(patient));
  const signalling = sendSignals(handle, scenario);
  const outcome = await interpreter.result(handle).catch(() => undefined);
  await signalling;
  const activities = scheduledActivities(await handle.fetchHistory());
  if (outcome === undefined) {
    const { nodeId, code } = await interpreter.failure(handle);
    return { end: { kind: 'failed', nodeId, code }, faults: [] };
  }
  const { trace, state } = outcome;
  const tasks = trace.filter((id) => scenario.nodes.some((node) => node.id === id && node.type === 'task'));
  const inOrder = JSON.stringify(tasks) === JSON.stringify(activities);
  const faults = inOrder ? [] : [`visited ${tasks.join(' ')}, scheduled ${activities.join(' ')}`];
  return { end: { kind: 'completed', visited: trace.toSorted(), state }, faults };
}

describe('generated graphs on the engine, whose workers are killed', () => {
  it(`end as the planner's model does (seed ${seed})`, async () => {
    const graphs = fc.sample(scenarios({ maxNodes: 14, failureEvery: 25 }).filter(visitsEnough), {
      seed,
      numRuns: RUNS,
    });
    const killer = makeKiller();
    const faults: string[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < graphs.length; index = next++) {
        const scenario = graphs[index] as Scenario;
        const { end, faults: found } = await endOnEngine(scenario);
        killer.runEnded();
        faults.push(...found.map((fault) => `graph ${index}: ${fault}`));
        const legal = endsOfModel(scenario);
        if (!legal.some((one) => isSame(one, end))) {
          faults.push(`graph ${index}: ended ${JSON.stringify(end)}, may end ${JSON.stringify(legal)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_RUNS }, lane));
    expect(faults).toEqual([]);
    expect(killer.kills()).toBeGreaterThanOrEqual(MIN_KILLS);
  });
});

/** Whether two ends hold the same, whatever the order of keys. */
function isSame(a: End, b: End): boolean {
  return expect.objectContaining(a).asymmetricMatch(b);
}
