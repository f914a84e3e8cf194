import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Report } from '../src/progress.js';
import { DEMO_IDENTITY } from './flows-client.js';

const BASE = '/_plugins/_flow_framework/workflow';
const TIMEOUT_MS = 120_000;

export interface ProvisionDemoOptions {
  /** Base url of the gateway. */
  readonly url: string;
  /** Keeps which template it was, for later starts. */
  readonly idFile: string;
  readonly report: Report;
}

type Resource = { readonly resource_type: string; readonly resource_id: string; readonly state?: string };
type Body = {
  readonly workflow_id?: string;
  readonly state?: string;
  readonly error?: unknown;
  readonly resources_created?: readonly Resource[];
  readonly resources?: readonly Resource[];
};

/**
 * Provisions the example template on the OpenSearch that was started with the stack (once; later starts find it) and prints
 * what it has made and what to try. Rejects when it cannot be provisioned.
 */
export async function provisionDemo({ url, idFile, report }: ProvisionDemoOptions): Promise<void> {
  const kept = (await readFile(idFile, 'utf8').catch(() => '')).trim();
  const before = kept === '' ? [] : await resourcesOf(url, kept);
  if (before.length > 0) {
    report(`\nThe example template is ${kept}, provisioned by an earlier start. On OpenSearch it has:`);
    return show(url, kept, before, report);
  }
  const prefix = `demo-${randomBytes(3).toString('hex')}`;
  const query = `provision=true&prefix=${prefix}&wait_for_completion_timeout=100s`;
  const { status, body } = await call(url, 'POST', `?${query}`, TEMPLATE);
  const { workflow_id: id, state, resources_created: made = [] } = body;
  if (status !== 202 || id === undefined || state !== 'COMPLETED') {
    throw new Error(`the example template was not provisioned: ${status} ${JSON.stringify(body)}`);
  }
  await writeFile(idFile, `${id}\n`);
  report(
    `\nThe example template ${id} is provisioned (infra/stack/demo/provision-demo.ts). On OpenSearch it has made:`,
  );
  show(url, id, made, report);
}

/** A search pipeline, an ingest pipeline, and an index that uses both. */
const TEMPLATE = {
  name: 'demo-search',
  description: 'An index whose documents are stamped, and whose searches go through a pipeline',
  workflows: {
    provision: {
      nodes: [
        {
          ...{ id: 'stamp', type: 'create_ingest_pipeline' },
          user_inputs: {
            pipeline_id: '${{ prefix }}-stamp',
            configurations: { processors: [{ set: { field: 'shop', value: 'demo' } }] },
          },
        },
        {
          ...{ id: 'search', type: 'create_search_pipeline' },
          user_inputs: { pipeline_id: '${{ prefix }}-search', configurations: {} },
        },
        {
          ...{ id: 'docs', type: 'create_index' },
          previous_node_inputs: { stamp: 'pipeline_id', search: 'pipeline_id' },
          user_inputs: {
            index_name: '${{ prefix }}-docs',
            configurations: {
              settings: {
                index: {
                  default_pipeline: '${{ stamp.pipeline_id }}',
                  'search.default_pipeline': '${{ search.pipeline_id }}',
                  number_of_replicas: '0',
                },
              },
            },
          },
        },
      ],
    },
  },
};

/** Those of a template that was provisioned before; none where it is not known any more. */
async function resourcesOf(url: string, id: string): Promise<readonly Resource[]> {
  const { status, body } = await call(url, 'GET', `/${id}/_drift`);
  return status === 200 ? (body.resources ?? []) : [];
}

async function call(url: string, method: string, path: string, sent?: object) {
  const response = await fetch(url + BASE + path, {
    method,
    headers: { ...DEMO_IDENTITY, 'content-type': 'application/json', prefer: 'wait=60' },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

function show(url: string, id: string, resources: readonly Resource[], report: Report): void {
  for (const { resource_type: type, resource_id: name, state } of resources) {
    report(`  ${type.padEnd(12)} ${name}${state === undefined ? '' : ` (${state})`}`);
  }
  const headers = Object.entries(DEMO_IDENTITY)
    .map(([name, value]) => `-H '${name}: ${value}'`)
    .join(' ');
  const names = resources.map(({ resource_id: name }) => name).join(',');
  report(
    [
      '# is it still as it was made?',
      `  curl -s ${headers} '${url}${BASE}/${id}/_drift'`,
      '# what would be taken away, and nothing done',
      `  curl -s ${headers} '${url}${BASE}/${id}/_plan?action=deprovision&allow_delete=${names}' -X POST`,
      '# take it away',
      `  curl -s ${headers} '${url}${BASE}/${id}/_deprovision?allow_delete=${names}' -X POST`,
    ].join('\n'),
  );
}
