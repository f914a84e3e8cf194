import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operations } from '@flowplane/contracts';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, expectStatus, makeApiClient, publishFlow, send, startRun } from './driver/api-client.js';
import type { ListBody } from './driver/api-types.js';
import { failingFlow, waitFlow } from './driver/definitions.js';
import { startOidcProvider, type OidcServer } from './driver/oidc-provider.js';
import { runSchemathesis, type Tally } from './driver/schemathesis.js';

const BUDGET_MS = 900_000;
const MIN_EXAMPLES = 20;
const SEED = 20_260_101;

let oidc: OidcServer;
let services: IsolatedServices;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowplane-schemathesis-'));
  const operator = { tenant_id: 'acme', realm_access: { roles: ['platform_admin'] } };
  oidc = await startOidcProvider({ operator }, { tokenTtlS: 1_800 });
  services = await startServices({
    env: {
      FLOWS_QUOTAS: 'off',
      FLOWS_JWKS_URL: oidc.jwksUrl,
      FLOWS_TRUST_GATEWAY_HEADERS: '1',
      FLOWS_JWT_ISSUER: oidc.issuer,
      FLOWS_JWT_AUDIENCE: oidc.audience,
    },
  });
});

afterAll(async () => {
  await services?.close();
  await oidc?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const YAML = 'apiVersion: v1.0\nname: yaml\nnodes:\n  - id: pause\n    type: wait\n    duration: PT0S\n';

/** Flows, runs and commands in a workspace, and what names them, by the formats of the document. */
async function prepare(token: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const authorization = `Bearer ${token}`;
  const alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  await publishFlow(alice, 'quick', waitFlow('PT0S'));
  await publishFlow(alice, 'failing', failingFlow());
  const runs: string[] = [];
  for (const flowId of ['quick', 'quick', 'failing']) {
    const { executionId } = await startRun(alice, flowId);
    await closedRun(alice, flowId, executionId);
    runs.push(executionId);
  }
  const command = await alice.call<{ readonly revision: number }>('PATCH', '/flows/quick', { body: {} });
  expectStatus(command, 200);
  const pending = await alice.call<{ readonly commandId: string }>('PATCH', '/flows/quick', {
    body: { definitionYaml: YAML },
    headers: { prefer: 'respond-async' },
  });
  const connection = { kind: 'http', endpoint: { url: 'https://crm.example.com/', auth: 'none' } };
  expectStatus(await alice.call('PUT', '/connections/crm', { body: connection }), 201);
  const page = await alice.call<ListBody<object>>('GET', '/audit?page%5Bsize%5D=1');
  const keys = `${services.url}/v1/internal/flows/workspaces/acme-main/api-keys`;
  const key = expectStatus(
    await send<{ readonly keyId: string; readonly key: string }>(keys, 'POST', {
      headers: { authorization },
      body: { type: 'service' },
    }),
    201,
  );
  const schemas = await send<ListBody<{ readonly fingerprint: string }>>(`${services.url}/v1/schemas`, 'GET', {});
  return {
    'flows-workspace-id': ['acme-main', 'acme-main', 'acme-main', 'acme-other'],
    'flows-tenant-id': ['acme', 'acme', 'globex'],
    'flows-flow-id': ['quick', 'failing', 'nothing'],
    'flows-execution-id': [...runs, 'acme:acme-main:quick:none'],
    'flows-signal': ['human-approval', 'review'],
    'flows-command-id': [pending.body.commandId, 'none'],
    'flows-key-id': [key.keyId, 'none'],
    'flows-api-key': [key.key],
    'flows-fingerprint': schemas.body.items.slice(0, 5).map(({ fingerprint }) => fingerprint),
    'flows-position': [command.headers.get('x-flows-position') ?? ''],
    'flows-connection-name': ['crm', 'crm', 'none'],
    'flows-cursor': [page.body.nextPageToken ?? ''],
    'flows-filter': ["ExecutionStatus = 'Failed'", "flowVersion = '1' AND StartTime > '2026-01-01T00:00:00Z'", ''],
  };
}

const faults = (tally: Tally): readonly string[] =>
  Object.entries(tally).flatMap(([operation, counts]) =>
    Object.keys(counts)
      .filter((status) => Number(status) >= 500)
      .map((status) => `${operation}: ${counts[status]} × ${status}`),
  );

it(
  'schemathesis finds no fault, no violation of a schema and no failed check in the whole document',
  async () => {
    const token = await oidc.token('operator');
    const seeds = await prepare(token);
    const { exitCode, output, tally } = await runSchemathesis({
      url: `${services.url}/openapi.json`,
      token,
      seeds,
      seed: SEED,
      folder,
      timeoutMs: BUDGET_MS,
    });
    expect(faults(tally)).toEqual([]);
    expect(exitCode, output).toBe(0);
    const counts = operations().map(({ method, path }) => {
      const operation = `${method} ${path.replaceAll(/:([A-Za-z]+)/g, '{$1}')}`;
      const answered = Object.values(tally[operation] ?? {}).reduce((sum, count) => sum + count, 0);
      return { operation, answered };
    });
    // The operation that serves the document gets no cases from schemathesis, so it is asked here. A stream without an end
    // is the fuzzer's to ask for.
    const few = counts.filter(({ answered }) => answered < MIN_EXAMPLES).map(({ operation }) => operation);
    const endless = 'GET /v1/flows/workspaces/{workspaceId}/executions/events';
    expect(few.filter((operation) => ![endless, 'GET /openapi.json'].includes(operation))).toEqual([]);
    for (let example = 0; example < MIN_EXAMPLES; example++) {
      const headers = { 'x-correlation-id': 'c'.repeat(example * 8) };
      expectStatus(await send(`${services.url}/openapi.json`, 'GET', { headers }), 200);
    }
  },
  BUDGET_MS + 120_000,
);
