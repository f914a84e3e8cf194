import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';

const PAGE = fileURLToPath(new URL('../../../docs/clients.md', import.meta.url));
const LOCAL_STACK = 'http://127.0.0.1:8080';

/** The program in docs/clients.md that is written in `language`, for a server at `url`. */
export async function clientProgram(language: 'ts' | 'python', url: string): Promise<string> {
  const program = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(await readFile(PAGE, 'utf8'))?.[1];
  if (program?.includes(LOCAL_STACK) !== true) throw new Error(`docs/clients.md has no ${language} program`);
  return program.replaceAll(LOCAL_STACK, url);
}

export type SeenStart = { readonly path: string | undefined; readonly tenant: unknown; readonly body: unknown };

/** What is tested is what clients send and read, so this answers every request with one and the same run. */
export async function startAnswering(run: object): Promise<{
  readonly url: string;
  readonly seen: readonly SeenStart[];
  readonly close: () => Promise<void>;
}> {
  const seen: SeenStart[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ path: request.url, tenant: request.headers['x-tenant-id'], body: JSON.parse(body) });
      response.writeHead(201, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(run));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, close };
}

/** What both programs ask for. */
export const EXPECTED_START: SeenStart = {
  path: '/v1/flows/workspaces/tour/flows/hello/executions',
  tenant: 'demo',
  body: { input: { fast: true } },
};
export const ANSWERED_RUN = {
  executionId: 'demo:tour:hello:1',
  workflowId: 'demo:tour:hello:1',
  runId: '1',
  version: 1,
  status: 'Running',
};
