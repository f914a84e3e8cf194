import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { flowSchema } from '@flowplane/contracts/flow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLanguageServer, type LanguageServer } from './driver/language-server.js';
import { ensureNodePackage } from './driver/node-package.js';

const PACKAGE = { name: 'yaml-language-server', version: '1.23.0' };
const INSTALL_MS = 300_000;

let folder: string;
let server: LanguageServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowplane-editor-'));
  await writeFile(join(folder, 'flow.schema.json'), JSON.stringify(flowSchema()));
  const modules = join(await ensureNodePackage(PACKAGE), 'node_modules');
  const script = join(modules, 'yaml-language-server/bin/yaml-language-server');
  server = await startLanguageServer(script, pathToFileURL(join(folder, 'flow.yaml')).href);
}, INSTALL_MS);
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A flow of one task that names the schema in its first line. */
const flowOf = (taskType: string, ...input: readonly string[]): string =>
  [
    `# yaml-language-server: $schema=${pathToFileURL(join(folder, 'flow.schema.json')).href}`,
    ...['apiVersion: v1.0', 'name: editor', 'nodes:', '  - id: call', '    type: task'],
    ...[`    taskType: ${taskType}`, '    input:', ...input.map((line) => `      ${line}`), ''],
  ].join('\n');
/** A server says what it found when it has looked. */
const SAID = { timeout: 120_000 };
const NAME = 2;
const TYPE = 5;
const TASK_TYPE = 6;
const INPUT = 7;
const FIRST_MEMBER = 8;
const VALUE = '    taskType: '.length;

describe('yaml-language-server with the schema of flows', () => {
  it('flags a misspelt task type and a missing url, at their lines, and nothing in a flow that is right', async () => {
    server.show(flowOf('http.requst', 'url: https://example.com'));
    await expect
      .poll(server.found, SAID)
      .toMatchObject([{ message: expect.stringContaining('"http.request"'), range: { start: { line: TASK_TYPE } } }]);
    server.show(flowOf('http.request', 'method: GET'));
    await expect
      .poll(server.found, SAID)
      .toMatchObject([{ message: 'Missing property "url".', range: { start: { line: INPUT } } }]);
    server.show(flowOf('http.request', 'url: https://example.com/${{ inputs.id }}', 'timeoutMs: ${{ inputs.time }}'));
    await expect.poll(server.found, SAID).toEqual([]);
  });

  it('completes task types, members of the input and their values', async () => {
    server.show(flowOf('', 'url: https://example.com'));
    const types = await server.complete({ line: TASK_TYPE, character: VALUE });
    expect(types).toEqual(expect.arrayContaining(['http.request', 'db.query', 'email.send', 'llm.complete']));
    server.show(flowOf('http.request', 'url: https://example.com', ''));
    const members = await server.complete({ line: FIRST_MEMBER + 1, character: 6 });
    expect(members).toEqual(expect.arrayContaining(['method', 'headers', 'failOn', 'connection']));
    server.show(flowOf('http.request', 'method: ', 'url: https://example.com'));
    const methods = await server.complete({ line: FIRST_MEMBER, character: 14 });
    expect(methods).toEqual(expect.arrayContaining(['GET', 'POST']));
  });

  it('hovers a sentence over members of the language, over task types and over members of inputs', async () => {
    server.show(flowOf('http.request', 'url: https://example.com'));
    expect(await server.hover({ line: NAME, character: 1 })).toContain('Name of the flow, for people.');
    expect(await server.hover({ line: TYPE, character: 10 })).toContain('Does something outside');
    expect(await server.hover({ line: TASK_TYPE, character: VALUE })).toContain(
      'Sends an HTTP request to a public server',
    );
    expect(await server.hover({ line: INPUT, character: 5 })).toContain('Input of the task');
    expect(await server.hover({ line: FIRST_MEMBER, character: 7 })).toContain('Address to send the request to');
  });
});
