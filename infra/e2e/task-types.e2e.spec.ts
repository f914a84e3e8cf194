import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { taskTypes, type TaskType } from '@flowplane/contracts';
import { ensureDatabase, makePool } from '@flowplane/plumbing/postgres';
import { startMailpit, startServices, startVersityGateway, type IsolatedServices } from '@flowplane/stack';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  PATIENT,
  publishFlow,
  startRun,
  type ApiClient,
} from './driver/api-client.js';

/* What docs/tasks.md shows is published and run, each type against the server it is for. */

const CALLER = { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' };
const INPUT = {
  ...{ customer: 'c-1', day: '2026-11-30', order: 'o-1', orderId: 'o-1', id: 'i-1', count: 3, page: 1 },
  ...{ email: 'customer@example.com', message: 'Where is my order?', name: 'Ada' },
};
/** Examples that are run, where it is not the first one: that of http.request calls a public server. */
const SHOWN: Readonly<Record<string, number>> = { 'http.request': 1 };

const closers: (() => Promise<unknown>)[] = [];
let services: IsolatedServices;
let client: ApiClient;

beforeAll(async () => {
  const [apis, mail, files] = await Promise.all([startApis(), startMailpit(), startVersityGateway(['flows'])]);
  closers.push(
    apis.close,
    () => mail.close(),
    () => files.close(),
  );
  services = await startServices({
    env: {
      FLOWS_HTTP_ALLOW_HOSTS: new URL(apis.url).host,
      FLOWS_SMTP_URL: `smtp://127.0.0.1:${mail.smtpPort}`,
      FLOWS_SMTP_FROM: 'shop@example.com',
      FLOWS_STORAGE_ENDPOINT: files.url,
      FLOWS_STORAGE_REGION: files.region,
      FLOWS_STORAGE_BUCKET: 'flows',
      FLOWS_STORAGE_ACCESS_KEY: files.accessKeyId,
      FLOWS_STORAGE_SECRET_KEY: files.secretAccessKey,
      FLOWS_FUNCTIONS_URL: apis.url,
      FLOWS_LLM_URL: apis.url,
      FLOWS_DATA_POSTGRES_URL: await ordersDatabase(),
    },
  });
  closers.push(() => services.close());
  client = makeApiClient(services.url, CALLER);
  await publishFlow(client, 'first', flowOf('events.publish', { topic: 'a', messages: [{ value: 1 }] }));
  const crm = { kind: 'http', endpoint: { url: `${apis.url}/crm/`, auth: 'bearer' }, secret: { token: 'crm-token' } };
  expectStatus(await client.call('PUT', '/connections/crm', { headers: PATIENT, body: crm }), 201);
});

afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

it('every type is available here', async () => {
  const { items } = expectStatus(
    await client.call<{ readonly items: readonly { readonly id: string; readonly available: boolean }[] }>(
      'GET',
      '/task-types',
    ),
    200,
  );
  expect(items.filter(({ available }) => !available)).toEqual([]);
  expect(items).toHaveLength(8);
});

it.each(taskTypes())('the example of $id is published and run, and its output is as its schema says', async (type) => {
  const { taskType, output } = await ranExample(type);
  expect(taskType).toBe(type.id);
  const ajv = new Ajv({ strict: false });
  expect(ajv.validate(type.outputSchema, output), JSON.stringify([ajv.errors, output])).toBe(true);
});

async function ranExample({
  id,
  examples,
}: TaskType): Promise<{ readonly taskType: string; readonly output: unknown }> {
  const example = examples[SHOWN[id] ?? 0];
  const flowId = id.replace('.', '-');
  await publishFlow(client, flowId, flowOf(id, example?.input ?? {}));
  const { executionId } = await startRun(client, flowId, INPUT);
  const run = await closedRun(client, flowId, executionId);
  expect(run.status, JSON.stringify(run)).toBe('Completed');
  const [node] = run.nodes;
  return { taskType: id, output: node?.output };
}

const flowOf = (taskType: string, input: object): object => ({
  ...{ apiVersion: 'v1.0', name: taskType },
  nodes: [{ id: 'task', type: 'task', taskType, input, retryPolicy: { maxAttempts: 3 } }],
});

/** Functions, a language model, and the API of the connection `crm`. */
async function startApis(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const answers: readonly (readonly [path: RegExp, answer: object])[] = [
    [
      /^\/v1\/workspaces\/acme-main\/actions\/price-order\/invocations$/,
      { activationId: 'a-1', result: { price: 12 } },
    ],
    [/^\/chat\/completions$/, COMPLETION],
    [/^\/crm\/orders\?/, { items: [{ id: 'o-1' }] }],
  ];
  const server: Server = createServer((request, response) => {
    const [, answer] = answers.find(([path]) => path.test(request.url ?? '')) ?? [];
    request.resume();
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: request.url }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

const COMPLETION = {
  model: 'small',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'question' } }],
  usage: { prompt_tokens: 20, completion_tokens: 1, total_tokens: 21 },
};

/** A database with the table of the example, and rows of this workspace and of another one. @returns its URL */
async function ordersDatabase(): Promise<string> {
  const url = new URL(process.env['FLOWS_DB_URL'] ?? '');
  url.pathname = `/orders_${process.pid}_${Date.now()}`;
  await ensureDatabase(url.toString());
  const pool = makePool(url.toString(), { max: 1, applicationName: 'test' });
  await pool.query(`
    DO $$ BEGIN CREATE ROLE flows_service NOLOGIN NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
    CREATE TABLE orders (tenant_id text, workspace_id text, customer text, created_at timestamptz DEFAULT now());
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY of_scope ON orders TO flows_service
      USING (tenant_id = current_setting('app.tenant_id') AND workspace_id = current_setting('app.workspace_id'));
    GRANT SELECT ON orders TO flows_service;
    INSERT INTO orders VALUES ('acme', 'acme-main', 'c-1'), ('globex', 'globex-main', 'c-1')`);
  await pool.end();
  return url.toString();
}
