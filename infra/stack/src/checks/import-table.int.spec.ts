import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repoRoot } from '../paths.js';

const run = promisify(execFile);
const FOLDERS = [
  'contracts',
  'infra',
  'command-service',
  'projection-service',
  'trigger-service',
  'monitor-service',
  'worker',
];

let copy: string;

/** A small tree with the real folder names, the real packages and the real rules. */
beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), 'imports-'));
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.base.json', 'package.json']) {
    await cp(join(repoRoot(), file), join(copy, file));
  }
  await symlink(join(repoRoot(), 'node_modules'), join(copy, 'node_modules'));
  for (const folder of FOLDERS) await plant(`${folder}/src/index.ts`, 'export const value = 1;\n');
  for (const folder of ['infra/stack', 'infra/plumbing', 'infra/runtime', 'infra/compact', 'monitor-service/ui']) {
    await plant(`${folder}/src/index.ts`, 'export const value = 1;\n');
  }
  await plant('command-service/src/domain/index.ts', 'export const value = 1;\n');
  for (const folder of ['test', 'src/executor', 'src/interpreter']) {
    await plant(`worker/${folder}/index.ts`, 'export const value = 1;\n');
  }
});

afterEach(() => rm(copy, { recursive: true }));

async function plant(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(copy, file)), { recursive: true });
  await writeFile(join(copy, file), `${text}\n`);
}

/** `file: rule` for every violation. */
async function violations(): Promise<string[]> {
  const tool = join(repoRoot(), 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const args = [tool, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...FOLDERS];
  const { stdout } = await run(process.execPath, args, { cwd: copy, maxBuffer: 2 ** 26 }).catch(
    (thrown: { stdout: string }) => thrown, // it ends with the number of violations
  );
  const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`);
}

/** Folder, what a file in it imports, the rule that this breaks. */
const FORBIDDEN: readonly (readonly [folder: string, text: string, rule: string])[] = [
  ['contracts/src', `import 'node:fs';`, 'contracts-are-pure'],
  ['contracts/src', `import type { Kafka } from 'kafkajs';\nexport type K = Kafka;`, 'contracts-are-pure'],
  ['contracts/src', `import 'fastify';`, 'contracts-are-pure'],
  [
    'command-service/src',
    `import type { value } from '../../projection-service/src/index.js';\nexport type V = typeof value;`,
    'command-service-imports-no-other-service',
  ],
  ['worker/src', `import '../../monitor-service/src/index.js';`, 'worker-imports-no-other-service'],
  [
    'monitor-service/src',
    `import '../../infra/stack/src/index.js';`,
    'services-import-plumbing-and-runtime-only-from-infra',
  ],
  ['infra/stack/src', `import '../../../worker/src/index.js';`, 'infra-imports-no-service'],
  ['infra/bench/src', `import '../../../worker/src/executor/index.js';`, 'infra-imports-no-service'],
  ['infra/compact/src', `import '../../../worker/src/index.js';`, 'compact-imports-services-through-their-entries'],
  [
    'infra/compact/src',
    `import type { value } from '../../../command-service/src/domain/index.js';\nexport type V = typeof value;`,
    'compact-imports-services-through-their-entries',
  ],
  [
    'infra/compact/src',
    `import '../../stack/src/index.js';`,
    'compact-imports-only-plumbing-and-runtime-beside-services',
  ],
  [
    'infra/compact/src',
    `import type { value } from '../../../contracts/src/index.js';\nexport type V = typeof value;`,
    'compact-imports-only-plumbing-and-runtime-beside-services',
  ],
  ['infra/stack/src', `import '../../compact/src/index.js';`, 'nobody-imports-compact'],
  ['worker/src', `import '../../infra/compact/src/index.js';`, 'nobody-imports-compact'],
  ['infra/plumbing/src', `import '../../runtime/src/index.js';`, 'plumbing-imports-only-contracts'],
  ['infra/runtime/src', `import '../../stack/src/index.js';`, 'runtime-imports-only-plumbing'],
  ['worker/src', `import '../test/index.js';`, 'only-specs-import-test-helpers'],
  ['infra/runtime/src', `import 'vitest';`, 'only-specs-import-test-helpers'],
  [
    'infra/runtime/src',
    `import type { Client } from '@temporalio/client';\nexport type C = Client;`,
    'temporal-only-in-worker-bench-e2e',
  ],
  ['projection-service/src', `import '@temporalio/client';`, 'temporal-only-in-worker-bench-e2e'],
  ['infra/plumbing/src/http', `import 'kafkajs';`, 'kafkajs-only-in-its-adapter'],
  ['projection-service/src', `import 'pg';`, 'pg-only-in-its-adapter'],
  ['command-service/src/domain', `import 'node:http';`, 'domain-imports-contracts-only'],
  ['command-service/src', `import './gone.js';`, 'every-import-resolves'],
  ['worker/src/executor', `import '../interpreter/index.js';`, 'executor-imports-no-interpreter'],
  [
    'worker/src/interpreter',
    `import type { value } from '../executor/index.js';\nexport type V = typeof value;`,
    'interpreter-imports-no-executor',
  ],
  ['worker/src/shared', `import '../executor/index.js';`, 'shared-imports-neither-process'],
  [
    'monitor-service/ui/src',
    `import '../../../contracts/src/index.js';`,
    'console-imports-only-what-runs-in-a-browser',
  ],
  ['monitor-service/ui/src', `import '../../src/index.js';`, 'console-imports-only-what-runs-in-a-browser'],
  ['contracts/src/flow', `import 'node:crypto';`, 'what-the-console-imports-needs-no-node'],
  ['monitor-service/src', `import '../ui/src/index.js';`, 'nobody-imports-the-console'],
];

test('the untouched tree breaks no rule', async () => {
  expect(await violations()).toEqual([]);
});

test('every planted violation is found, type imports included', async () => {
  const expected: string[] = [];
  for (const [index, [folder, text, rule]] of FORBIDDEN.entries()) {
    await plant(`${folder}/planted-${index}.ts`, text);
    expected.push(`${folder}/planted-${index}.ts: ${rule}`);
  }
  expect(await violations()).toEqual(expect.arrayContaining(expected));
});

test('a circle of type imports is found', async () => {
  const importing = (other: string, name: string): string =>
    `import type { ${other} } from './${other}.js';\nexport type ${name} = ${other} | 1;`;
  await plant('worker/src/One.ts', importing('Two', 'One'));
  await plant('worker/src/Two.ts', importing('One', 'Two'));
  expect(await violations()).toEqual(['worker/src/One.ts: no-circular-imports']);
});

test('what the table allows is allowed', async () => {
  await plant('infra/plumbing/src/kafka/file.ts', `import 'kafkajs';\n`);
  await plant('infra/plumbing/src/postgres/file.ts', `import 'pg';\n`);
  await plant('worker/src/file.ts', `import '@temporalio/client';\nimport '../../infra/runtime/src/index.js';\n`);
  await plant('infra/e2e/file.ts', `import '@temporalio/client';\nimport '../stack/src/index.js';\n`);
  await plant(
    'infra/compact/src/file.ts',
    `import '../../../command-service/src/index.js';\nimport '../../../worker/src/executor/index.js';\nimport '../../plumbing/src/index.js';\nimport '../../runtime/src/index.js';\n`,
  );
  await plant('command-service/src/domain/file.ts', `import '../../../contracts/src/index.js';\n`);
  expect(await violations()).toEqual([]);
});
