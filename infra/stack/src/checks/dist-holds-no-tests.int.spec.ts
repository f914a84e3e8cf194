import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { repoRoot } from '../paths.js';

const IMPORTS_TEST_PACKAGE = /(from|import|import\() ?['"](vitest|fast-check)/;

/** A file of an earlier version stays in its dist folder: only what still has a source counts. */
const hasSource = (path: string): boolean =>
  ['/src/', '/'].some((folder) => existsSync(path.replace('/dist/', folder).replace(/js$/, 'ts')));

/** Compiled files of packages below `root` that are tests, or that import what only tests import. */
const testCodeBelow = (root: string): string[] =>
  globSync(['{contracts,worker,*-service}/dist/**/*.js', 'infra/*/dist/**/*.js'], { cwd: root })
    .filter((file) => hasSource(join(root, file)))
    .filter(
      (file) => /\.spec\.js$|\/test\//.test(file) || IMPORTS_TEST_PACKAGE.test(readFileSync(join(root, file), 'utf8')),
    );

test('what is compiled holds no test code', () => {
  expect(testCodeBelow(repoRoot())).toEqual([]);
});

test('planted test code is found', () => {
  const root = mkdtempSync(join(tmpdir(), 'dist-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const plant = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  plant('worker/dist/executor/main.js', `import { test } from './test.js';\nconst file = 'vitest.mjs';\n`);
  const planted = {
    'worker/dist/executor/close.spec.js': '',
    'worker/dist/test/trial.js': '',
    'command-service/dist/domain/story.js': `import { test } from 'vitest';\n`,
    'infra/runtime/dist/consume/cases.js': `export const fc = await import("fast-check");\n`,
  };
  for (const [file, text] of Object.entries(planted)) {
    plant(file, text);
    plant(file.replace('/dist/', '/src/').replace(/js$/, 'ts'), text);
  }
  plant('worker/dist/executor/gone.spec.js', '');
  expect(testCodeBelow(root).sort()).toEqual(Object.keys(planted).sort());
});
