import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseFlowYaml, type FlowDefinition } from '@flowplane/contracts';
import { closedRun, publishFlow, readRun, startRun, type ApiClient } from './api-client.js';
import type { ExecutionBody } from './api-types.js';
import { signalRun } from './approvals.js';

const PAGES = ['docs/language.md', 'docs/cookbook.md'];
const ROOT = new URL('../../../', import.meta.url);
const POLL_MS = 200;

/** A whole flow of a page, and what the page starts it with. */
export type DocumentedFlow = { readonly name: string; readonly yaml: string; readonly input: object };

/** All whole flows of the pages, in their order: a block of YAML, and the block of JSON behind it where there is one. */
export function documentedFlows(): readonly DocumentedFlow[] {
  return PAGES.flatMap((page) => {
    const text = readFileSync(new URL(page, ROOT), 'utf8');
    const blocks = [...text.matchAll(/^```(yaml|json)\n((?:.*\n)*?)^```$/gm)].map(([, kind = '', block = '']) => ({
      kind,
      block,
    }));
    return blocks.flatMap(({ kind, block }, index): DocumentedFlow[] => {
      if (kind !== 'yaml' || !block.startsWith('apiVersion: ')) return [];
      const next = blocks[index + 1];
      const input = next?.kind === 'json' ? (JSON.parse(next.block) as object) : {};
      return [{ name: /^name: (.*)$/m.exec(block)?.[1] ?? page, yaml: block, input }];
    });
  });
}

/** What the hosts that end in `.example` stand for: a server whose every answer has what some page reads. */
export async function startExampleServer() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ name: 'Ada', total: 12, items: [{ id: 1 }] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    hostPort,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Publishes a flow of a page and runs it to its end; approvals are answered with yes. */
export async function runDocumented(
  client: ApiClient,
  { yaml, input, name }: DocumentedFlow,
  hostPort: string,
): Promise<ExecutionBody> {
  const flowId = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const parsed = parseFlowYaml(yaml.replaceAll(/https:\/\/\w+\.example/g, `http://${hostPort}`));
  if (!parsed.ok) throw new Error(`${name}: ${parsed.error.message}`);
  const definition = parsed.definition as unknown as FlowDefinition;
  await publishFlow(client, flowId, definition);
  const { executionId } = await startRun(client, flowId, input);
  for (const approval of definition.nodes.filter(({ type }) => type === 'approval')) {
    await answered(client, flowId, executionId, approval.id);
  }
  return closedRun(client, flowId, executionId, 120_000);
}

/** Says yes at an approval, unless the run ends without coming to it. */
async function answered(client: ApiClient, flowId: string, executionId: string, nodeId: string): Promise<void> {
  for (;;) {
    const run = await readRun(client, flowId, executionId);
    const node = run.nodes.find((one) => one.nodeId === nodeId);
    if (run.closedAt !== null || node?.status === 'completed') return;
    if (node?.status === 'waiting-approval') {
      await signalRun(client, flowId, executionId, nodeId, { approved: true });
      return;
    }
    await sleep(POLL_MS);
  }
}
