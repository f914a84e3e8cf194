import { TEMPLATE_BASE } from '@flowplane/contracts';
import { send, type Answer } from './api-client.js';

/** What answers about templates hold, all of it where it is there. */
export type TemplateBody = {
  readonly workflow_id: string;
  readonly state?: string;
  readonly resources_created?: readonly { readonly resource_id: string; readonly workflow_step_id: string }[];
  readonly error?: string;
  readonly commandId?: string;
  readonly status?: string;
  readonly result?: string;
  readonly _version?: number;
  readonly steps?: readonly { readonly node_id: string; readonly action: string }[];
};

export type TemplateClient = {
  readonly headers: Readonly<Record<string, string>>;
  /** @param path after the base, with its query */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer<TemplateBody>>;
  /** Creates a template of these nodes. @returns its id */
  readonly create: (nodes: readonly object[], query?: string) => Promise<string>;
};

const PATIENT = { prefer: 'wait=60' };

/** Longest that an answer is waited for; runs on a busy machine take their time. */
const TIMEOUT_MS = 150_000;

/** One tenant's view of provisioning. @param url of the gateway */
export function makeTemplateClient(
  url: string,
  tenantId: string,
  identity: Readonly<Record<string, string>> = {},
): TemplateClient {
  const headers = {
    ...{ 'x-tenant-id': tenantId, 'x-auth-subject': 'alice', 'x-actor-roles': 'tenant_owner' },
    ...identity,
  };
  const call: TemplateClient['call'] = (method, path, body, more = {}) =>
    send(`${url}${TEMPLATE_BASE}${path}`, method, {
      ...(body === undefined ? {} : { body }),
      headers: { ...headers, ...PATIENT, ...more },
      timeoutMs: TIMEOUT_MS,
    });
  const create: TemplateClient['create'] = async (nodes, query = '') => {
    const answer = await call('POST', query, templateOf(nodes));
    if (answer.status !== 201) throw new Error(`expected 201, got ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.workflow_id;
  };
  return { headers, call, create };
}

export const templateOf = (nodes: readonly object[]) => ({ name: 'demo', workflows: { provision: { nodes } } });

/** An ingest pipeline, and an index that uses it. */
export const pipelineAndIndex = (name: string, field = 'seen') => [
  {
    id: 'pipe',
    type: 'create_ingest_pipeline',
    user_inputs: { pipeline_id: `${name}-pipe`, configurations: { processors: [{ set: { field, value: '1' } }] } },
  },
  {
    id: 'idx',
    type: 'create_index',
    previous_node_inputs: { pipe: 'pipeline_id' },
    user_inputs: {
      index_name: name,
      configurations: {
        settings: { index: { default_pipeline: '${{ pipe.pipeline_id }}', number_of_replicas: 0 } },
      },
    },
  },
];

export const noop = (id: string) => ({ id, type: 'noop', user_inputs: {} });
