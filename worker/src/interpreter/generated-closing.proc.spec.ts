import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeFlowplaneClient, type FlowDefinition, type FlowNode, type FlowplaneClient } from '@flowplane/contracts';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { longOr, scrape, startServices, type IsolatedServices } from '@flowplane/stack';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endsOfModel, scenarios, visitsEnough, type Scenario } from '../../test/interpreter/generated-scenarios.js';
import { FAULT_POINTS } from './frames/fault-points.js';

const FLOWS = longOr(12, 1000);
const RUNS_OF_A_FLOW = 10;
const RUNS = FLOWS * RUNS_OF_A_FLOW;
const OPEN_RUNS = longOr(40, 100);
const WORKERS = 2;
/** Ends of tasks between one kill of a worker and the next, at most. A worker that dies too often does nothing else. */
const MAX_VISITS = longOr(40, 400);
/** Give it as FLOWS_TEST_SEED to run the same flows again. The kills fall when they fall. */
const seed = Number(process.env['FLOWS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const WORKER = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));
/** An attempt that died with its worker is given up after this. */
const SOON = { initialInterval: 'PT0.1S', backoffCoefficient: 1, timeouts: { startToClose: 'PT4S' } };
const PATIENCE = { waitS: 60 };
const AUDITS = 'flows_executor_close_audits_total';
const DIFFERENCES = 'flows_executor_close_audit_differences_total';
const NOT_WHOLE = 'flows_executor_journal_not_whole_total';
const HEADERS = {
  'x-tenant-id': 'acme',
  'x-workspace-id': 'acme-main',
  'x-auth-subject': 'alice',
  'x-actor-roles': 'workspace_admin',
};

let services: IsolatedServices;
let client: FlowplaneClient;
let readModel: Pool;
let isOver = false;
const workers = new Set<ChildProcess>();
/** How often a worker died at each place. */
const kills = new Map<string, number>(FAULT_POINTS.map((point) => [point, 0]));
let started = 0;

beforeAll(async () => {
  services = await startServices({
    env: { FLOWS_QUOTAS: 'off', FLOWS_DEV_ECHO_TASKS: '1', FLOWS_DEV_ECHO_DELAY_MS: '5', FLOWS_CLOSE_FROM: 'audit' },
    only: ['command-service', 'projection-service', 'executor'],
  });
  client = makeFlowplaneClient(
    { fetch, sleep: (ms) => delay(ms) },
    { url: services.urls['command-service'], workspaceId: 'acme-main', headers: HEADERS },
  );
  readModel = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 2, applicationName: 'test' });
  for (let count = 0; count < WORKERS; count += 1) startWorker();
});
afterAll(async () => {
  isOver = true;
  for (const worker of workers) worker.kill('SIGKILL');
  await readModel?.end();
  await services?.close();
});

/** A worker that dies at one of the places, which take turns; another one follows, and so on. */
function startWorker(): void {
  const point = FAULT_POINTS[started++ % FAULT_POINTS.length] ?? '';
  const visits = 1 + Math.floor((0.5 + Math.random() / 2) * MAX_VISITS);
  const env = {
    ...process.env,
    ...services.env,
    ...{ FLOWS_FAULT_POINT: point, FLOWS_FAULT_AFTER: String(visits) },
    ...{ WORKER_HEALTH_PORT: '0', LOG_LEVEL: 'error' },
  };
  const worker = spawn(process.execPath, [WORKER], { env, stdio: ['ignore', 'ignore', 'ignore'] });
  workers.add(worker);
  void once(worker, 'exit').then(() => {
    workers.delete(worker);
    if (isOver) return;
    kills.set(point, (kills.get(point) ?? 0) + 1);
    startWorker();
  });
}

const patient = (node: FlowNode): FlowNode => (node.type === 'task' ? { ...node, retryPolicy: SOON } : node);

async function publish(flowId: string, { nodes }: Scenario): Promise<void> {
  const definition: FlowDefinition = { apiVersion: 'v1.0', name: flowId, nodes: nodes.map(patient) };
  await client.call('createFlow', { body: { name: flowId, flowId, definition }, prefer: PATIENCE });
  await client.call('publishFlow', { params: { flowId }, prefer: PATIENCE });
}

/** A run, which is over when this resolves. @returns its id */
async function runOnce(flowId: string, scenario: Scenario): Promise<string> {
  const { body } = await client.call('startExecution', { params: { flowId }, body: {}, prefer: PATIENCE });
  if (!('executionId' in body) || body.executionId === undefined) throw new Error(`no run: ${JSON.stringify(body)}`);
  const { executionId } = body;
  for (const { nodeId, approved } of scenario.signals.toSorted(() => Math.random() - 0.5)) {
    await delay(Math.random() * 300);
    // A run that has failed meanwhile takes no more signals.
    await client
      .call('signalExecution', {
        params: { flowId, executionId, signalName: nodeId ?? 'human-approval' },
        body: { approved },
        prefer: PATIENCE,
      })
      .catch(() => undefined);
  }
  await closed(executionId);
  return executionId;
}

/** Runs that are waited for, by id; one query asks for all of them. */
const awaited = new Map<string, () => void>();
async function closed(executionId: string): Promise<void> {
  await new Promise<void>((resolve) => void awaited.set(executionId, resolve));
}
async function lookForEnds(): Promise<void> {
  while (!isOver) {
    await delay(200);
    const { rows } = await readModel.query<{ execution_id: string }>(
      'SELECT execution_id FROM flows.executions WHERE execution_id = ANY($1) AND closed_at IS NOT NULL',
      [[...awaited.keys()]],
    );
    for (const { execution_id: id } of rows) {
      awaited.get(id)?.();
      awaited.delete(id);
    }
  }
}

type Row = {
  readonly execution_id: string;
  readonly status: string;
  readonly result_json: string | null;
  readonly failure_node_id: string | null;
};

/** Runs that ended as the model of their flow does not, in words. */
async function illegalEnds(runs: readonly string[], scenario: Scenario): Promise<readonly string[]> {
  const legal = endsOfModel(scenario).map((end) =>
    end.kind === 'completed' ? `Completed ${end.visited.join(' ')}` : `Failed ${end.nodeId}`,
  );
  const { rows } = await readModel.query<Row>(
    'SELECT execution_id, status, result_json, failure_node_id FROM flows.executions WHERE execution_id = ANY($1)',
    [runs],
  );
  return rows.flatMap((row) => {
    const { trace = [] } = JSON.parse(row.result_json ?? '{}') as { readonly trace?: readonly string[] };
    const isCompleted = row.status === 'Completed';
    const end = `${row.status} ${isCompleted ? trace.toSorted().join(' ') : row.failure_node_id}`;
    return legal.includes(end) ? [] : [`${row.execution_id} ended ${end}, may end ${legal.join(' or ')}`];
  });
}

/** What the executor counted of closing both ways. */
async function audits() {
  const { samples, total } = await scrape(services.urls.executor);
  const differing = samples.filter(({ name, value }) => name === DIFFERENCES && value > 0);
  return {
    all: total(AUDITS),
    same: total(AUDITS, { outcome: 'same' }),
    differ: total(AUDITS, { outcome: 'differs' }),
    notCompared: total(AUDITS, { outcome: 'failed' }),
    notWhole: Object.fromEntries(
      samples.filter(({ name }) => name === NOT_WHOLE).map(({ labels, value }) => [labels['reason'], value]),
    ),
    differences: Object.fromEntries(differing.map(({ labels, value }) => [labels['member'], value])),
  };
}

describe('generated flows whose workers are killed after an effect, after its record and before its completion', () => {
  it(`end as the model does, and close from the journal as from the history (seed ${seed})`, async () => {
    const flows = fc.sample(scenarios({ maxNodes: 10, failureEvery: 25 }).filter(visitsEnough), {
      seed,
      numRuns: FLOWS,
    });
    const looking = lookForEnds();
    const faults: string[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < flows.length; index = next++) {
        const scenario = flows[index] as Scenario;
        const flowId = `flow-${index}`;
        await publish(flowId, scenario);
        const runs = await Promise.all(Array.from({ length: RUNS_OF_A_FLOW }, () => runOnce(flowId, scenario)));
        faults.push(...(await illegalEnds(runs, scenario)).map((fault) => `${flowId}: ${fault}`));
        if ((index + 1) % 50 === 0) process.stderr.write(`${index + 1} of ${FLOWS} flows\n`);
      }
    };
    await Promise.all(Array.from({ length: OPEN_RUNS / RUNS_OF_A_FLOW }, lane));
    isOver = true;
    await looking;
    expect(faults).toEqual([]);
    expect(
      [...kills.values()].every((count) => count > 0),
      JSON.stringify([...kills]),
    ).toBe(true);

    const counted = await audits();
    process.stderr.write(`audits ${JSON.stringify(counted)}, kills ${JSON.stringify([...kills])}, seed ${seed}\n`);
    expect(counted).toMatchObject({ all: RUNS, differ: 0, notCompared: 0, differences: {} });
    // A worker that dies takes the last records of the runs with it that were about to end; the others are compared.
    expect(counted.same).toBeGreaterThan(RUNS / 2);
  });
});
