import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repoRoot } from '../src/paths.js';
import { formatElapsed, type Report } from '../src/progress.js';
import { DEMO_IDENTITY, makeFlowsClient, type FlowsClient } from './flows-client.js';

export const DEMO_WORKSPACE = 'demo-shop';
export const DEMO_FLOW = 'order-fulfilment';

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
  const client = makeFlowsClient(`${options.url}/v1/flows/workspaces/${DEMO_WORKSPACE}`);
  const version = await publishExample(client);
  report(`\nThe example flow ${DEMO_FLOW} is published as version ${version} (infra/stack/demo/example-flow.yaml).`);
  const input = { shop: options.demoServerUrl, orderId: `order-${Date.now()}`, amount: 120 };
  const startedAtMs = Date.now();
  const run = await client.send('POST', `/flows/${DEMO_FLOW}/executions`, { input });
  const executionId = String(run['executionId']);
  report(`Run ${executionId} is ${String(run['status'])}; its nodes, as they change:\n`);
  const status = await printNodes(client, executionId, startedAtMs, report);
  report(`\nThe run ended ${status} after ${formatElapsed(Date.now() - startedAtMs)}.`);
  const path = `/flows/${DEMO_FLOW}/executions/${encodeURIComponent(executionId)}`;
  const detail = await client.send('GET', path);
  report(`Tasks in order: ${taskIds(detail).join(', ')}. Result: ${shortened(detail['result'] ?? detail['failure'])}`);
  report(whereToLook(client.base, path, executionId, input).join('\n'));
  if (status !== 'Completed') throw new Error(`the example run ended ${status}`);
}

async function publishExample(client: FlowsClient): Promise<number> {
  const yaml = await readFile(join(repoRoot(), 'infra/stack/demo/example-flow.yaml'), 'utf8');
  const definition = { name: DEMO_FLOW, definitionYaml: yaml };
  const found = await client.call('GET', `/flows/${DEMO_FLOW}`);
  if (found.status === 404) {
    await client.send('POST', '/flows', { flowId: DEMO_FLOW, ...definition });
  } else if (found.body['definitionYaml'] !== yaml) {
    await client.send('PATCH', `/flows/${DEMO_FLOW}`, definition);
  } else if (typeof found.body['latestVersion'] === 'number') {
    return found.body['latestVersion']; // versions are counted: the same text is not published again
  }
  const published = await client.send('POST', `/flows/${DEMO_FLOW}/versions`);
  return Number(published['version']);
}

async function printNodes(
  client: FlowsClient,
  executionId: string,
  startedAtMs: number,
  report: Report,
): Promise<string> {
  for await (const frame of client.watch(executionId)) {
    const data = JSON.parse(frame.data) as Readonly<Record<string, unknown>>;
    const at = `${((Date.now() - startedAtMs) / 1_000).toFixed(3).padStart(7)} s`;
    if (frame.event === 'stream-end') return String(data['status']);
    if (frame.event === 'error') throw new Error(`the stream failed: ${frame.data}`);
    if (frame.event === 'node-status') {
      report(`  ${at}  ${String(data['nodeId']).padEnd(10)} ${String(data['status'])}`);
    } else if (frame.event === 'log-line') {
      report(`  ${at}  ${String(data['nodeId']).padEnd(10)} ${String(data['level'])}: ${String(data['message'])}`);
    }
  }
  throw new Error('the stream ended without its last frame');
}

function taskIds(detail: Readonly<Record<string, unknown>>): string[] {
  const events = Array.isArray(detail['events']) ? (detail['events'] as Readonly<Record<string, unknown>>[]) : [];
  return events.map((event) => String(event['nodeId']));
}

const RESULT_CHARS = 200;

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length > RESULT_CHARS ? `${text.slice(0, RESULT_CHARS)}…` : text;
}

/** The run view of the gateway that serves `base`, opened at a run. */
function browserLink(base: string, executionId: string): string {
  const place = { t: DEMO_IDENTITY['x-tenant-id'] ?? '', w: DEMO_WORKSPACE, f: DEMO_FLOW, e: executionId };
  return `${new URL('/ui', base).href}#${new URLSearchParams(place).toString()}`;
}

/** Lines for the shell that work as they stand while the stack runs. */
function whereToLook(base: string, runPath: string, executionId: string, input: unknown): string[] {
  const headers = Object.entries(DEMO_IDENTITY)
    .map(([name, value]) => `-H '${name}: ${value}'`)
    .join(' ');
  const line = (path: string, more = ''): string => `  curl -s ${headers} ${more}'${base}${path}'`;
  const body = `-H 'content-type: application/json' -d '${JSON.stringify({ input })}' `;
  return [
    '\nWhere to look next:',
    '# this run in a browser, as it went',
    `  ${browserLink(base, executionId)}`,
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
  ];
}
