import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { apiDocument } from '@flowplane/contracts';
import { runTool } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANSWERED_RUN, clientProgram, EXPECTED_START, startAnswering } from './driver/client-programs.js';
import { ensurePythonTool } from './driver/python-tool.js';

const GENERATOR = { name: 'openapi-python-client', version: '0.29.1' };

/** Imports every module of the package and counts them. */
const IMPORT_ALL = `
import importlib, pkgutil, flowplane_client
found = [one.name for one in pkgutil.walk_packages(flowplane_client.__path__, "flowplane_client.")]
for name in found: importlib.import_module(name)
print(len(found), "imported")
`;

let folder: string;
let bin: string;

const python = (...args: readonly string[]): Promise<string> =>
  runTool({
    command: join(bin, 'python'),
    args,
    cwd: folder,
    // The generator formats its output with ruff, which it looks for on the path.
    env: {
      ...process.env,
      PATH: [bin, process.env['PATH']].join(delimiter),
      PYTHONPATH: join(folder, 'flowplane-client'),
    },
  });

beforeAll(async () => {
  bin = join(await ensurePythonTool(GENERATOR), 'bin');
  folder = await mkdtemp(join(tmpdir(), 'flowplane-clients-'));
});

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

it('openapi-python-client makes a client without a warning, and the program of docs/clients.md starts a run with it', async () => {
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(apiDocument({ gatewayHeaders: true })));
  const generate = ['-m', 'openapi_python_client', 'generate', '--path', 'openapi.json', '--fail-on-warning'];
  expect(await python(...generate)).not.toMatch(/warning/i);
  const modules = Number(/^(\d+) imported/.exec(await python('-c', IMPORT_ALL))?.[1]);
  expect(modules).toBeGreaterThan(Object.keys(apiDocument().components.schemas).length);
  const server = await startAnswering(ANSWERED_RUN);
  try {
    await writeFile(join(folder, 'start.py'), await clientProgram('python', server.url));
    expect(await python('start.py')).toContain(`${ANSWERED_RUN.executionId} Running`);
    expect(server.seen).toEqual([EXPECTED_START]);
  } finally {
    await server.close();
  }
});
