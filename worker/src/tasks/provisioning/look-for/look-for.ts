import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { input, jsonText, textInput } from '../inputs.js';
import { mlPath } from '../ml/ml.js';
import { OpenSearchUnreachable } from '../opensearch/client.js';
import { indexSegment } from '../opensearch/names.js';
import { pipelinePath, type PipelineKind } from '../opensearch/pipelines.js';
import type { StepCall } from '../step.js';
import { StepFailure } from '../step-failure.js';

/** Whether a create whose answer nobody recorded has created something. */
export type Found =
  | { readonly kind: 'found'; readonly id: string }
  | { readonly kind: 'not-found' }
  /** The server cannot be asked, or more than one thing fits. */
  | { readonly kind: 'unknown'; readonly why: string };

export type LookForCall = Pick<StepCall, 'client' | 'signal' | 'tenantId' | 'inputs'> & {
  /** Time of the intent, epoch ms: what is older was not created by this call. */
  readonly sinceMs: number;
};

/** How far the clocks of this process and of the server may differ. Between the two limits it cannot be told. */
export const CLOCK_SKEW_MS = 60_000;

const unknown = (why: string): Found => ({ kind: 'unknown', why });

/**
 * Looks on the server for what a create of this type and these inputs would have made. Only an index has a name that
 * nothing else has and a time of creation. ML Commons chooses ids itself, keeps no marker of ours in any of its documents, and allows several
 * of one name: what was created since the intent, with this name and these inputs, counts as found when there is
 * exactly one. Two equal nodes, or an equal one of somebody else at the same time, are `unknown`.
 *
 * `not-found` means nothing while the request may still be under way.
 *
 * @throws the signal's reason
 */
export async function lookFor(type: string, call: LookForCall): Promise<Found> {
  const look = LOOKS.get(type);
  if (look === undefined) return unknown(`Nothing is looked for after ${type}`);
  try {
    return await look(call);
  } catch (thrown) {
    if (thrown instanceof OpenSearchUnreachable || thrown instanceof StepFailure) return unknown(thrown.message);
    throw thrown;
  }
}

type Look = (call: LookForCall) => Promise<Found>;

const lookForIndex: Look = async ({ client, signal, inputs, sinceMs }) => {
  const index = textInput(inputs, 'index_name');
  const path = `/${indexSegment(index)}/_settings`;
  const { status, body } = await client.send({ method: 'GET', path, query: { flat_settings: 'true' }, signal });
  if (status === 404) return { kind: 'not-found' };
  if (status !== 200) return unknown(`The server answered ${status}`);
  const found = isJsonObject(body) ? body[index] : undefined;
  const settings = isJsonObject(found) ? found['settings'] : undefined;
  // An alias of that name: the create was refused.
  if (!isJsonObject(settings)) return { kind: 'not-found' };
  return byAge(index, Number(settings['index.creation_date']), sinceMs);
};

/** Members of inputs that the document of what was created repeats. */
const REPEATED: Readonly<Record<string, readonly string[]>> = {
  connectors: ['name', 'protocol'],
  model_groups: ['name'],
  models: ['name', 'connector_id'],
  agents: ['name', 'type'],
};
/** Most documents of one name that are looked at. */
const MAX_HITS = 100;
/** Longer names are not among the words by which the server finds a document. */
const MAX_FOUND_NAME_CHARS = 256;

const lookForDocument =
  (kind: keyof typeof REPEATED): Look =>
  async ({ client, signal, tenantId, inputs, sinceMs }) => {
    const name = textInput(inputs, 'name');
    if (name.length > MAX_FOUND_NAME_CHARS) return unknown('The name is too long to be found by');
    // Chunks of a local model's files are documents of the same index.
    const query = {
      bool: { filter: [{ term: { 'name.keyword': name } }], must_not: [{ exists: { field: 'chunk_number' } }] },
    };
    const answer = await client.send({
      method: 'POST',
      path: mlPath(`${kind}/_search`),
      body: { query, size: MAX_HITS },
      signal,
      ...(tenantId === undefined ? {} : { tenantId }),
    });
    // Before anything was created there is no index to search in.
    if (answer.status === 404) return { kind: 'not-found' };
    if (answer.status !== 200) return unknown(`The server answered ${answer.status}`);
    const hits = hitsOf(answer.body);
    if (hits.length >= MAX_HITS) return unknown('Too many have this name');
    const alike = hits.filter(({ source }) => isAlike(source, inputs, REPEATED[kind] ?? []));
    const judged = alike.map(({ id, source }) => byAge(id, Number(source['created_time']), sinceMs));
    const candidates = judged.filter((found) => found.kind !== 'not-found');
    const [only = { kind: 'not-found' } as const] = candidates;
    return candidates.length > 1 ? unknown(`${candidates.length} of this name were created since`) : only;
  };

/** Its name tells whether there is one; not who has put it, nor when. */
const lookForPipeline =
  (kind: PipelineKind): Look =>
  async ({ client, signal, inputs }) => {
    const path = pipelinePath(kind, textInput(inputs, 'pipeline_id'));
    const { status } = await client.send({ method: 'GET', path, signal });
    return status === 404 ? { kind: 'not-found' } : unknown(`The server answered ${status}`);
  };

const LOOKS: ReadonlyMap<string, Look> = new Map([
  ['create_index', lookForIndex],
  ['create_ingest_pipeline', lookForPipeline('ingest')],
  ['create_search_pipeline', lookForPipeline('search')],
  ['create_connector', lookForDocument('connectors')],
  ['register_model_group', lookForDocument('model_groups')],
  ['register_remote_model', lookForDocument('models')],
  ['register_local_pretrained_model', lookForDocument('models')],
  ['register_local_sparse_encoding_model', lookForDocument('models')],
  ['register_local_custom_model', lookForDocument('models')],
  ['register_agent', lookForDocument('agents')],
]);

function byAge(id: string, createdMs: number, sinceMs: number): Found {
  if (Number.isNaN(createdMs)) return unknown('The server does not say when it was created');
  if (createdMs >= sinceMs) return { kind: 'found', id };
  return createdMs < sinceMs - CLOCK_SKEW_MS
    ? { kind: 'not-found' }
    : unknown('It was created at about the time of the call, and clocks differ');
}

function isAlike(source: JsonObject, inputs: JsonObject, members: readonly string[]): boolean {
  return members.every((name) => {
    const wanted = input(inputs, name);
    return wanted === undefined || source[name] === undefined || jsonText(source[name]) === jsonText(wanted);
  });
}

function hitsOf(body: Json): readonly { readonly id: string; readonly source: JsonObject }[] {
  const outer = isJsonObject(body) ? body['hits'] : undefined;
  const hits = isJsonObject(outer) ? outer['hits'] : undefined;
  return (Array.isArray(hits) ? hits : []).flatMap((hit) => {
    const { _id: id, _source: source } = isJsonObject(hit) ? hit : {};
    return typeof id === 'string' && isJsonObject(source) ? [{ id, source }] : [];
  });
}
