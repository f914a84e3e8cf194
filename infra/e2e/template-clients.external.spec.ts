import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TEMPLATE_BASE } from '@flowplane/contracts';
import { OPENSEARCH_HOOK_MS, sharedOpenSearch, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureNodePackage } from './driver/node-package.js';
import { ensurePythonTool } from './driver/python-tool.js';
import { makeTemplateClient, pipelineAndIndex, templateOf } from './driver/templates.js';

const JAVASCRIPT = { name: '@opensearch-project/opensearch', version: '3.9.0' };
const PYTHON = { name: 'opensearch-py', version: '3.2.0' };
const FOLDER = fileURLToPath(new URL('template-clients', import.meta.url));
const INSTALL_MS = 300_000;

let openSearch: string;
let services: IsolatedServices;

beforeAll(async () => {
  openSearch = await sharedOpenSearch();
  services = await startServices({ env: { FLOWS_QUOTAS: 'off', FLOWS_OPENSEARCH_URL: openSearch } });
}, OPENSEARCH_HOOK_MS + 120_000);
afterAll(() => services?.close());

type Request = {
  readonly method: string;
  /** `{id}` stands for the template's. */
  readonly path: string;
  readonly querystring?: Readonly<Record<string, string>>;
  readonly body?: object;
};
type Answer = {
  /** Null: no error, and the client does not tell. */
  readonly status: number | null;
  readonly body: Readonly<Record<string, unknown>>;
};

const request = (method: string, path: string, more: Omit<Request, 'method' | 'path'> = {}): Request => ({
  ...{ method, path: TEMPLATE_BASE + path, ...more },
});

/** What somebody does with a template from its first day to its last. */
const requestsFor = (name: string): readonly Request[] => [
  request('POST', '', { body: templateOf(pipelineAndIndex(name)) }),
  request('GET', '/{id}'),
  request('POST', '/{id}/_provision', { querystring: { wait_for_completion_timeout: '100s' } }),
  request('GET', '/{id}/_status', { querystring: { all: 'true' } }),
  request('GET', '/state/_search', { body: { query: { term: { state: 'COMPLETED' } } } }),
  request('POST', '/_search', { body: { query: { match: { name: 'demo' } } } }),
  request('GET', '/_steps', { querystring: { workflow_step: 'create_index' } }),
  request('POST', '/{id}/_deprovision'),
  request('POST', '/{id}/_deprovision', { querystring: { allow_delete: `${name},${name}-pipe` } }),
  request('DELETE', '/{id}', { querystring: { clear_status: 'true' } }),
  request('GET', '/{id}'),
];

/** Runs a program for a tenant that has nothing yet, and checks what it was answered and what is on the server. */
async function expectDriven(program: {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}) {
  const name = `client-${randomUUID()}`;
  const { headers } = makeTemplateClient(services.url, name);
  const args = [...program.args, services.url, JSON.stringify(headers), JSON.stringify(requestsFor(name))];
  const { stdout: output } = await promisify(execFile)(program.command, args, { cwd: program.cwd });
  const answers = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  const at = (index: number): Answer => answers[index] ?? { status: -1, body: { output } };
  const id = at(0).body['workflow_id'];
  const resources = [
    { workflow_step_id: 'pipe', resource_type: 'pipeline_id', resource_id: `${name}-pipe` },
    { workflow_step_id: 'idx', resource_type: 'index_name', resource_id: name },
  ];
  expect(
    answers.map(({ status }, index) => status ?? EXPECTED[index]),
    output,
  ).toEqual(EXPECTED);
  expect(at(1).body).toMatchObject({
    name: 'demo',
    workflows: { provision: { nodes: [{ id: 'pipe' }, { id: 'idx' }] } },
  });
  expect(at(2).body).toMatchObject({ workflow_id: id, state: 'COMPLETED', resources_created: resources });
  expect(at(3).body).toMatchObject({ workflow_id: id, state: 'COMPLETED', provisioning_progress: 'DONE' });
  expect(at(4).body).toMatchObject({ hits: { total: { value: 1 }, hits: [{ _id: id }] } });
  expect(at(5).body).toMatchObject({ hits: { total: { value: 1, relation: 'eq' }, hits: [{ _id: id }] } });
  expect(at(6).body).toMatchObject({ create_index: { outputs: ['index_name'] } });
  expect(at(7).body['error']).toMatch(/^These resources require the allow_delete parameter to deprovision: /);
  expect(at(8).body).toEqual({ workflow_id: id });
  expect(at(9).body).toMatchObject({ _id: id, result: 'deleted' });
  expect(at(10).body).toEqual({ error: `Failed to retrieve template (${String(id)}) from global context.` });
  expect((await fetch(`${openSearch}/${name}`)).status).toBe(404);
}

const EXPECTED = [201, 200, 202, 200, 200, 200, 200, 403, 200, 200, 404];

it('the OpenSearch client for JavaScript drives provisioning', { timeout: INSTALL_MS }, async () => {
  const cwd = await ensureNodePackage(JAVASCRIPT);
  await expectDriven({ command: process.execPath, args: [join(FOLDER, 'javascript.cjs')], cwd });
});

it('the OpenSearch client for Python drives provisioning', { timeout: INSTALL_MS }, async () => {
  const python = join(await ensurePythonTool(PYTHON), 'bin', 'python');
  await expectDriven({ command: python, args: [join(FOLDER, 'python_client.py')] });
});

it('curl drives provisioning', { timeout: INSTALL_MS }, async () => {
  await expectDriven({ command: 'bash', args: [join(FOLDER, 'curl.sh')] });
});
