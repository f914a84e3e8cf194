import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowplaneError, isPending, type FlowplaneClient } from '@flowplane/contracts';
import { repoRoot } from '../src/paths.js';
import { formatElapsed, type Report } from '../src/progress.js';
import { DEMO_IDENTITY, makeDemoClient } from './flows-client.js';

export const DEMO_WORKSPACE = 'demo-shop';
export const DEMO_FLOW = 'order-fulfilment';

/** On a busy machine the first run of a cold stack takes its time. */
const PATIENT = { waitS: 60 };

export interface DemoOptions {
  /** Base url of the gateway. */
  readonly url: string;
  /** Base url of the server that the flow's requests go to. */
  readonly demoServerUrl: string;
  readonly report: Report;
}

/**
 * The main job over the public API: publishes the example flow (once; later starts find it), starts a run, prints every
 * change of its nodes as it happens, then the result and where to look next. Rejects when the run does not complete.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { report } = options;
  const client = makeDemoClient(options.url, DEMO_WORKSPACE);
  const version = await publishExample(client);
  report(`\nThe example flow ${DEMO_FLOW} is published as version ${version} (infra/stack/demo/example-flow.yaml).`);
  const input = { shop: options.demoServerUrl, orderId: `order-${Date.now()}`, amount: 120 };
  const startedAtMs = Date.now();
  const { executionId, status: first } = await startRun(client, input);
  report(`Run ${executionId} is ${first}; its nodes, as they change:\n`);
  const status = await printNodes(client, executionId, startedAtMs, report);
  report(`\nThe run ended ${status} after ${formatElapsed(Date.now() - startedAtMs)}.`);
  const { body: run } = await client.call('getExecution', { params: { flowId: DEMO_FLOW, executionId } });
  const tasks = run.events.map(({ nodeId }) => nodeId).join(', ');
  report(`Tasks in order: ${tasks}. Result: ${shortened(run.result ?? run.failure)}`);
  report(whereToLook(options.url, executionId, input).join('\n'));
  if (status !== 'Completed') throw new Error(`the example run ended ${status}`);
}

async function publishExample(client: FlowplaneClient): Promise<number> {
  const definitionYaml = await readFile(join(repoRoot(), 'infra/stack/demo/example-flow.yaml'), 'utf8');
  const params = { flowId: DEMO_FLOW };
  const body = { name: DEMO_FLOW, definitionYaml };
  const found = await client.call('getFlow', { params }).catch((cause: unknown) => {
    if (cause instanceof FlowplaneError && cause.code === 'FLOW_NOT_FOUND') return undefined;
    throw cause;
  });
  if (found === undefined) await client.call('createFlow', { body: { flowId: DEMO_FLOW, ...body } });
  else if (found.body.definitionYaml !== definitionYaml) await client.call('updateFlow', { params, body });
  else if (found.body.latestVersion !== null) return found.body.latestVersion; // versions are counted: not once more
  const { body: published } = await client.call('publishFlow', { params, prefer: PATIENT });
  if (isPending(published)) throw new Error('the version is not decided after a minute: is the stack up?');
  return published.version;
}

async function startRun(client: FlowplaneClient, input: Readonly<Record<string, unknown>>) {
  const { body } = await client.call('startExecution', {
    params: { flowId: DEMO_FLOW },
    body: { input },
    prefer: PATIENT,
  });
  if (body.executionId === undefined) throw new Error('the start is not decided after a minute: is the stack up?');
  return { executionId: body.executionId, status: body.status };
}

async function printNodes(
  client: FlowplaneClient,
  executionId: string,
  startedAtMs: number,
  report: Report,
): Promise<string> {
  for await (const frame of client.watch(executionId)) {
    if (frame.type === 'stream-end') return frame.status;
    if (frame.type === 'error') continue;
    const at = `${((Date.now() - startedAtMs) / 1_000).toFixed(3).padStart(7)} s`;
    const what = frame.type === 'node-status' ? frame.status : `${frame.level}: ${frame.message}`;
    report(`  ${at}  ${frame.nodeId.padEnd(10)} ${what}`);
  }
  throw new Error('the stream ended without its last frame');
}

const RESULT_CHARS = 200;

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length > RESULT_CHARS ? `${text.slice(0, RESULT_CHARS)}…` : text;
}

/** The console of a gateway, opened at a run. */
const browserLink = (url: string, executionId: string): string =>
  `${url}/ui/w/${DEMO_WORKSPACE}/runs/${encodeURIComponent(executionId)}`;

/** Lines for the shell that work as they stand while the stack runs. */
function whereToLook(url: string, executionId: string, input: unknown): string[] {
  const base = `${url}/v1/flows/workspaces/${DEMO_WORKSPACE}`;
  const runPath = `/flows/${DEMO_FLOW}/executions/${encodeURIComponent(executionId)}`;
  const headers = Object.entries(DEMO_IDENTITY)
    .map(([name, value]) => `-H '${name}: ${value}'`)
    .join(' ');
  const line = (path: string, more = ''): string => `  curl -s ${headers} ${more}'${base}${path}'`;
  const body = `-H 'content-type: application/json' -d '${JSON.stringify({ input })}' `;
  return [
    '\nWhere to look next:',
    '# this run in a browser, as it went',
    `  ${browserLink(url, executionId)}`,
    '# the flow’s runs',
    line(`/flows/${DEMO_FLOW}/executions`),
    '# this run: status, result, tasks, nodes',
    line(runPath),
    '# its event stream, from the start',
    line(`/executions/${encodeURIComponent(executionId)}/events`, '-N '),
    '# another run',
    line(`/flows/${DEMO_FLOW}/executions`, body),
    '# who did what',
    line('/audit'),
    '# the whole API, to read and to try',
    `  ${new URL('/docs', url).href}`,
  ];
}
