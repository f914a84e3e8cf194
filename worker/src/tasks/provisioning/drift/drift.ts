import { isJsonObject, type Json, type JsonObject, type TemplateResource } from '@flowplane/contracts';
import type { Drift } from '@flowplane/runtime/provisioning';
import { input, jsonText, parsed } from '../inputs.js';
import { mlPath } from '../ml/ml.js';
import { OpenSearchUnreachable, type OpenSearchAnswer } from '../opensearch/client.js';
import { indexSegment, segment } from '../opensearch/names.js';
import { pipelinePath, type PipelineKind } from '../opensearch/pipelines.js';
import type { StepCall } from '../step.js';
import { StepFailure } from '../step-failure.js';
import { flatSettings, sameSetting } from '../update-index/settings.js';
import { holds, isLike } from './compare.js';

export type DriftCall = Pick<StepCall, 'client' | 'signal' | 'tenantId'> & {
  /**
   * What the template says of the node now. What a parameter was put into is not known any more: texts that still hold
   * a `${{ }}` are equal to everything.
   */
  readonly inputs: JsonObject;
};

/** Compares a resource with the server. @throws the signal's reason */
export async function driftOf(resource: TemplateResource, call: DriftCall): Promise<Drift> {
  try {
    return await compare(resource, call);
  } catch (thrown) {
    if (thrown instanceof OpenSearchUnreachable || thrown instanceof StepFailure) return 'unknown';
    throw thrown;
  }
}

function compare(resource: TemplateResource, call: DriftCall): Promise<Drift> {
  const { workflow_step_name: step, resource_type: type, resource_id: id } = resource;
  switch (type) {
    case 'index_name':
      return index(id, call);
    case 'pipeline_id':
      return pipeline(step === 'create_search_pipeline' ? 'search' : 'ingest', id, call);
    case 'connector_id':
      return document(`connectors/${segment(id)}`, ['name', 'description', 'version', 'protocol'], call);
    case 'model_group_id':
      return document(`model_groups/${segment(id)}`, ['name', 'description'], call);
    case 'agent_id':
      return document(`agents/${segment(id)}`, ['name', 'type', 'description'], call);
    case 'model_id':
      return step === 'deploy_model'
        ? deployment(id, call)
        : document(`models/${segment(id)}`, ['name', 'description', 'connector_id'], call);
    default:
      return Promise.resolve('unknown');
  }
}

/** Settings and mappings that the template names, and no others. */
async function index(id: string, call: DriftCall): Promise<Drift> {
  const answer = await read(call, `/${indexSegment(id)}`, { flat_settings: 'true' });
  return judged(answer, (body) => {
    const found = body[id];
    if (!isJsonObject(found)) return 'missing';
    const { settings, mappings } = configurations(call.inputs) ?? {};
    const present = isJsonObject(found['settings']) ? found['settings'] : {};
    const isSet = (isJsonObject(settings) ? [...flatSettings(settings)] : []).every(
      ([name, value]) => hasPlaceholder(value) || sameSetting(value, present[name]),
    );
    return isSet && holds(mappings, found['mappings']) ? 'present' : 'changed';
  });
}

async function pipeline(kind: PipelineKind, id: string, call: DriftCall): Promise<Drift> {
  const answer = await read(call, pipelinePath(kind, id));
  return judged(answer, (body) => {
    const found = body[id];
    if (found === undefined) return 'missing';
    const wanted = configurations(call.inputs);
    return wanted === undefined || isLike(wanted, found) ? 'present' : 'changed';
  });
}

async function document(path: string, members: readonly string[], call: DriftCall): Promise<Drift> {
  const answer = await read(call, mlPath(path));
  return judged(answer, (body) => {
    const isSame = members.every((name) => {
      const wanted = input(call.inputs, name);
      return (
        wanted === undefined ||
        body[name] === undefined ||
        hasPlaceholder(wanted) ||
        jsonText(body[name]) === jsonText(wanted)
      );
    });
    return isSame ? 'present' : 'changed';
  });
}

const DEPLOYED: ReadonlySet<string> = new Set(['DEPLOYED', 'PARTIALLY_DEPLOYED', 'DEPLOYING']);

/** The resource is the deployment, not the model. */
async function deployment(id: string, call: DriftCall): Promise<Drift> {
  const answer = await read(call, mlPath(`models/${segment(id)}`));
  return judged(answer, (body) => {
    const state = body['model_state'];
    if (typeof state !== 'string') return 'unknown';
    return DEPLOYED.has(state) ? 'present' : 'missing';
  });
}

const read = (
  { client, signal, tenantId }: DriftCall,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<OpenSearchAnswer> =>
  client.send({ method: 'GET', path, query, signal, ...(tenantId === undefined ? {} : { tenantId }) });

function judged({ status, body }: OpenSearchAnswer, of: (body: JsonObject) => Drift): Drift {
  if (status === 404) return 'missing';
  return status === 200 && isJsonObject(body) ? of(body) : 'unknown';
}

/** Undefined where nobody knows them: the template is gone, or a parameter was put in that they cannot be read without. */
function configurations(inputs: JsonObject): JsonObject | undefined {
  const value = input(inputs, 'configurations');
  const structure = typeof value === 'string' ? parsed(value) : value;
  return isJsonObject(structure) ? structure : undefined;
}

const hasPlaceholder = (value: Json): boolean => typeof value === 'string' && value.includes('${{');
