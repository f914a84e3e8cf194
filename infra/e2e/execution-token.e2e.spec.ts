import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, makeApiClient, publishFlow, startRun } from './driver/api-client.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { spawnService } from './driver/spawned-service.js';

let called: CalledServer;
let services: IsolatedServices;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowplane-token-'));
  called = await startCalledServer();
  services = await startServices({
    env: { FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
    envOf: { worker: { FLOW_EXECUTION_TOKEN_SECRET: randomBytes(32).toString('hex') } },
  });
});

afterAll(async () => {
  await services?.close();
  await called?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

it('a worker with another secret than the executor’s touches nothing, and the run says why', async () => {
  const client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  const retryPolicy = { maxAttempts: 5, initialInterval: 'PT0.1S' };
  const tasks = {
    ask: { taskType: 'http.request', input: { url: `${called.url}/ask` } },
    tell: { taskType: 'events.publish', input: { topic: 'never', messages: [{ value: 1 }] } },
  };
  for (const [id, task] of Object.entries(tasks)) {
    const nodes = [{ id, type: 'task', ...task, retryPolicy }];
    await publishFlow(client, id, { apiVersion: 'v1.0', name: id, nodes });
    const { executionId } = await startRun(client, id);
    const run = await closedRun(client, id, executionId);
    expect(run.failure).toMatchObject({ nodeId: id, code: 'EXECUTION_TOKEN_INVALID' });
    expect(run.nodes.flatMap(({ attempts }) => attempts).every(({ attemptNumber }) => attemptNumber === 1)).toBe(true);
  }
  expect(called.calls.size).toBe(0);
});

it('neither executor nor worker starts without a secret, or with a short one', async () => {
  const refused = async (name: string, secret: string, why: string): Promise<void> => {
    const log = join(folder, `${name}-${secret.length}.log`);
    const env = { ...services.env, WORKER_HEALTH_PORT: '0', FLOW_EXECUTION_TOKEN_SECRET: secret };
    expect(await spawnService(`worker/dist/${name}/main.js`, env, log).ended).toBe(1);
    const said = await readFile(log, 'utf8');
    expect(said).toContain(why);
    expect(said).not.toContain('s'.repeat(31));
  };
  for (const name of ['executor', 'interpreter']) {
    await refused(name, '', 'FLOW_EXECUTION_TOKEN_SECRET is required');
    await refused(name, 's'.repeat(31), 'must have at least 32 characters');
  }
});
