import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiDocument } from '@flowplane/contracts';
import { runTool } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANSWERED_RUN, clientProgram, EXPECTED_START, startAnswering } from './driver/client-programs.js';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const node = (folder: string, ...args: readonly string[]): Promise<string> =>
  runTool({ command: process.execPath, args, cwd: folder });

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowplane-clients-'));
  await symlink(MODULES, join(folder, 'node_modules'));
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(apiDocument({ gatewayHeaders: true })));
  await node(folder, join(MODULES, 'openapi-typescript/bin/cli.js'), 'openapi.json', '-o', 'flowplane.d.ts');
});

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** @returns of each file, whether the compiler has an error there */
async function errorsIn(...files: readonly string[]): Promise<readonly boolean[]> {
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', 'node'];
  const output = await node(folder, join(MODULES, 'typescript-native/bin/tsc'), ...options, ...files).catch(String);
  return files.map((file) => output.includes(`${file}(`));
}

it('the TypeScript program of docs/clients.md compiles against generated types and starts a run with an input', async () => {
  const server = await startAnswering(ANSWERED_RUN);
  try {
    await writeFile(join(folder, 'start.mts'), await clientProgram('ts', server.url));
    expect(await errorsIn('start.mts')).toEqual([false]);
    expect(await node(folder, 'start.mts')).toContain(`${ANSWERED_RUN.executionId} Running`);
    expect(server.seen).toEqual([EXPECTED_START]);
  } finally {
    await server.close();
  }
});

it('generated types refuse an input that is no object, an unknown path, and an unknown member of the answer', async () => {
  const program = await clientProgram('ts', 'http://127.0.0.1:8080');
  const wrong = {
    'input.mts': program.replace('{ input: { fast: true } }', '{ input: 3 }'),
    'path.mts': program.replace('{flowId}/executions', '{flowId}/runs'),
    'answer.mts': program.replace('data.executionId', 'data.engineRunId'),
  };
  for (const [file, text] of Object.entries(wrong)) {
    expect(text).not.toBe(program);
    await writeFile(join(folder, file), text);
  }
  expect(await errorsIn(...Object.keys(wrong))).toEqual([true, true, true]);
});

it('generated types have no object that may have no members but the empty definition', async () => {
  const types = await readFile(join(folder, 'flowplane.d.ts'), 'utf8');
  const empty = types.match(/^.*Record<string, never>.*$/gm)?.map((line) => line.trim());
  expect(empty).toEqual([
    'export type webhooks = Record<string, never>;',
    'EmptyDefinition: Record<string, never>;',
    'export type $defs = Record<string, never>;',
  ]);
});
