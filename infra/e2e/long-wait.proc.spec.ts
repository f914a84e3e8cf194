import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signEnvelope, workspaceKey } from '@flowplane/contracts';
import {
  startServices,
  startTimeSkippingServer,
  type IsolatedServices,
  type TimeSkippingServer,
} from '@flowplane/stack';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spawnService, type SpawnedService } from './driver/spawned-service.js';

const DAY_S = 86_400;

let folder: string;
let services: IsolatedServices;
let engine: TimeSkippingServer;
let worker: SpawnedService;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'long-wait-'));
  [services, engine] = await Promise.all([startServices({ only: [] }), startTimeSkippingServer()]);
  const own = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace, WORKER_HEALTH_PORT: '0' };
  env = { ...(services.env as Record<string, string>), ...own };
  worker = spawnService('worker/dist/interpreter/main.js', env, join(folder, 'worker.log'));
});

afterAll(async () => {
  await worker?.close();
  await engine?.close();
  await services?.close();
  await rm(folder, { recursive: true, force: true });
});

it('a run waits for a day, by a timer of the engine, and goes on', async () => {
  const scope = { tenantId: 'acme', workspaceId: 'acme-main', flowId: 'slow', flowVersion: '1' };
  const executionId = `acme:acme-main:slow:${randomUUID()}`;
  const key = workspaceKey(env['FLOW_EXECUTION_TOKEN_SECRET'] ?? '', scope.tenantId, scope.workspaceId);
  const envelope = signEnvelope({ ...scope, executionId, keyDerivation: 'hmac-v1' }, key);
  const definition = {
    apiVersion: 'v1.0',
    name: 'slow',
    nodes: [
      { id: 'day', type: 'wait', duration: 'P1D', next: 'then' },
      { id: 'then', type: 'sequence', steps: [] },
    ],
  };
  const connection = await Connection.connect({ address: engine.address });
  const client = new Client({ connection, namespace: engine.namespace });
  const run = await client.workflow.start('DslInterpreterWorkflow', {
    workflowId: executionId,
    taskQueue: env['TEMPORAL_TASK_QUEUE'] ?? '',
    args: [{ envelope, triggerType: 'manual', input: {} }, definition],
  });
  expect(await run.result()).toMatchObject({ status: 'completed', trace: ['day', 'then'] });

  const { events } = await run.fetchHistory();
  const started = events?.find((event) => event.timerStartedEventAttributes)?.timerStartedEventAttributes;
  expect(Number(started?.startToFireTimeout?.seconds)).toBe(DAY_S);
  const at = (name: 'timerStartedEventAttributes' | 'timerFiredEventAttributes'): number =>
    Number(events?.find((event) => event[name])?.eventTime?.seconds);
  expect(at('timerFiredEventAttributes') - at('timerStartedEventAttributes')).toBeGreaterThanOrEqual(DAY_S);
  await connection.close();
});
