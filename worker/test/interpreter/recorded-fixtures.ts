import { readdirSync, readFileSync } from 'node:fs';
import type { FlowDefinition, JsonObject } from '@flowplane/contracts';
import type { WorkflowHandle } from '@temporalio/client';
import { APPROVAL_SIGNAL, type ApprovalSignal } from '../../src/shared/run-input.js';
import type { RecordedFlow } from './recorded-flows.js';

type Fixture = { readonly definition: FlowDefinition; readonly input: JsonObject };
type ExpectedRun = {
  readonly input: JsonObject;
  readonly signals?: readonly {
    readonly name: string;
    readonly as?: { readonly actorId: string };
    readonly body: { readonly approved: boolean; readonly actor?: string };
  }[];
};
export type PublishedFixture = {
  readonly flowId: string;
  readonly version: number;
  readonly workspace: string;
  readonly definition: FlowDefinition;
};

const ROOT = new URL('../../../contracts/fixtures/flows/', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
const names = (folder: string): readonly string[] =>
  readdirSync(new URL(folder, ROOT))
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

/** The sub-flow that gives back its input, as a substitute for a missing backend. */
const answering = (answer: JsonObject): JsonObject => ({
  type: 'sub-flow',
  flowId: 'leaf',
  flowVersion: '1',
  input: answer,
});

/** Published versions that the fixtures point to, as `publish` of a test interpreter takes them. */
export function publishedFixtures(): readonly PublishedFixture[] {
  return names('published')
    .map((name) => read(`published/${name}.json`) as PublishedFixture)
    .filter(({ workspace }) => workspace === 'own')
    .map((fixture) => ({ ...fixture, definition: reachable(fixture.definition, '') }));
}

/**
 * A run for every fixture: valid documents, traces and run-time failures, by name.
 *
 * @param base url of an `Upstream`
 */
export function recordedFixtures(base: string): Readonly<Record<string, RecordedFlow>> {
  const valid = names('valid').map((name): [string, RecordedFlow] => {
    const { input, signals = [] } = read(`runs/${name}.json`) as ExpectedRun;
    const definition = reachable(read(`valid/${name}.json`) as FlowDefinition, base);
    // The first call breaks.
    const callBase = name === 'retry-full' ? `${base}/breaks/1` : base;
    const given = Object.hasOwn(input, 'base') ? { ...input, base: callBase } : input;
    const meanwhile = (handle: WorkflowHandle): Promise<unknown> => sendAll(handle, signals);
    return [name, { nodes: definition.nodes, definition, input: given, meanwhile }];
  });
  const others = ['traces', 'runtime'].flatMap((folder) =>
    names(folder).map((name): [string, RecordedFlow] => {
      const { definition, input } = read(`${folder}/${name}.json`) as Fixture;
      const renamed = name === 'sub-flow-deleted' ? missing(definition) : definition;
      const given = folder === 'runtime' ? { ...input, base } : input;
      return [`${folder}-${name}`, { nodes: renamed.nodes, definition: renamed, input: given }];
    }),
  );
  return Object.fromEntries([...valid, ...others]);
}

async function sendAll(handle: WorkflowHandle, signals: ExpectedRun['signals'] = []): Promise<void> {
  for (const [index, { name, as, body }] of signals.entries()) {
    const signal: ApprovalSignal = {
      commandId: `c${index}`,
      nodeId: name === APPROVAL_SIGNAL ? null : name,
      approved: body.approved,
      actor: as?.actorId ?? 'alice',
      onBehalfOf: body.actor ?? null,
    };
    await handle.signal(APPROVAL_SIGNAL, signal);
  }
}

/** The same document with what no backend here can do replaced. */
function reachable(definition: FlowDefinition, base: string): FlowDefinition {
  const text = JSON.stringify(definition)
    .replaceAll('https://stock.example.com', base)
    // A test publishes one version of a flow.
    .replaceAll('"flowVersion":"3"', '"flowVersion":"1"');
  const flow = JSON.parse(text) as FlowDefinition;
  const nodes = flow.nodes.map((node) => {
    if (node.type !== 'task') return node;
    const { id, next, taskType, input = {} } = node;
    const onward = next === undefined ? {} : { next };
    if (id === 'price') return { id, ...answering({ result: { total: 1200 } }), ...onward };
    if (taskType === 'db.query') return { id, ...answering({ result: { items: [] } }), ...onward };
    if (taskType === 'http.request') return node;
    return { id, type: 'task', taskType: `fixture.${taskType}`, input, ...onward };
  });
  return { ...flow, nodes: nodes as FlowDefinition['nodes'] };
}

/** Nothing is published under the flow id that the document names any more. */
function missing(definition: FlowDefinition): FlowDefinition {
  return JSON.parse(JSON.stringify(definition).replaceAll('"leaf"', '"deleted"')) as FlowDefinition;
}
