import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '../paths.js';

// Others than the owner read the read models by the queries of infra/runtime/src/read-model only (ADR 49). Tests and
// benches look at the tables as they like.

const OWNER = 'projection-service';
const PUBLIC = join('infra', 'runtime', 'src', 'read-model');
const FOLDERS = [
  ...['command-service', 'trigger-service', 'monitor-service', 'worker', 'contracts'],
  ...['infra/plumbing', 'infra/runtime', 'infra/stack'],
];
const ENDINGS: ReadonlySet<string> = new Set(['.ts', '.mjs', '.js', '.sql']);
const SKIPPED = /^(\..*|node_modules|dist|dist-.*|test|.*\.spec\.ts)$/;

/** Tables and functions of the read models, by the migrations that make them. */
function namesMade(): readonly string[] {
  const folder = join(repoRoot(), OWNER, 'migrations');
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  const made = /CREATE (?:OR REPLACE )?(?:TABLE|FUNCTION) (\w+)/g;
  return files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(made)].map((match) => match[1] ?? ''),
  );
}

/** A table by its name (a topic has a version behind it), or a pool on which unqualified names mean the tables. */
const TABLE = new RegExp(String.raw`(?<![\w.])"?flows"?\."?(${namesMade().join('|')})\b(?!\.v\d)`, 'g');
const POOL = /\bschema: ?(?:LIVE_SCHEMA|'flows')/g;

const faultsIn = (text: string): readonly string[] =>
  [...text.matchAll(TABLE), ...text.matchAll(POOL)].map(([found]) => found);

function filesBelow(folder: string): string[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.test(entry.name) || path === PUBLIC) return [];
    if (entry.isDirectory()) return filesBelow(path);
    return ENDINGS.has(extname(entry.name)) ? [path] : [];
  });
}

test('only their owner and runtime/read-model name tables of the read models', () => {
  const files = FOLDERS.flatMap(filesBelow);
  expect(files.length).toBeGreaterThan(300);
  const faults = files.flatMap((file) =>
    faultsIn(readFileSync(join(repoRoot(), file), 'utf8')).map((found) => `${file}: ${found}`),
  );
  expect(faults).toEqual([]);
});

test('a planted statement or pool is found, a topic is not', () => {
  expect(faultsIn('const LOOK = `SELECT 1 FROM flows.executions JOIN "flows"."nodes" USING (x)`')).toEqual([
    'flows.executions',
    '"flows"."nodes',
  ]);
  expect(faultsIn("makePool(url, { max: 1, schema: 'flows' })")).toEqual(["schema: 'flows'"]);
  expect(faultsIn('const topic = `${prefix}flows.commands.v1`; state.flows.flows.get(id)')).toEqual([]);
});
