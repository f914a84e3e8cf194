import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '../paths.js';

/**
 * Numbers that stood twice before they were checked. A migration is known by its name and checksum once it has landed,
 * so these are neither renamed nor edited. Nothing is ever added here.
 */
const OLD_PAIRS: ReadonlySet<string> = new Set([
  'projection-service/migrations/0013_audit_on_behalf_of.sql',
  'projection-service/migrations/0013_pending_commands.sql',
  'projection-service/migrations/0015_schedules.sql',
  'projection-service/migrations/0015_tenant_teardown.sql',
]);

/** Files whose number another file of the same folder has, and files that have none. */
function doubtful(files: readonly string[]): string[] {
  const place = (file: string): string => join(dirname(file), basename(file).slice(0, 4));
  return files.filter((file) => {
    if (!/^\d{4}_\w+(\.online)?\.sql$/.test(basename(file))) return true;
    return !OLD_PAIRS.has(file) && files.some((other) => other !== file && place(other) === place(file));
  });
}

function migrationsBelow(folder: string): string[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    if (/^(\..*|node_modules|dist.*)$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return migrationsBelow(path);
    return path.includes('migrations/') && path.endsWith('.sql') ? [path] : [];
  });
}

test('no two migrations of a folder have one number', () => {
  const files = migrationsBelow('.');
  expect(files).toEqual(expect.arrayContaining([...OLD_PAIRS]));
  expect(doubtful(files)).toEqual([]);
});

test('no two decisions have one number', () => {
  const numbers = readdirSync(join(repoRoot(), 'docs/adr')).map((file) => file.slice(0, 4));
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
});

test.each([
  ['a number twice', ['s/migrations/0019_a.sql', 's/migrations/0019_b.sql'], 2],
  ['a third file beside an old pair', [...OLD_PAIRS, 'projection-service/migrations/0013_c.sql'], 1],
  ['a file without a number', ['s/migrations/late.sql'], 1],
  ['one number in two folders', ['s/migrations/0019_a.sql', 's/migrations/state/0019_a.sql'], 0],
  ['one number, online too', ['s/migrations/0019_a.sql', 's/migrations/0019_b.online.sql'], 2],
])('%s: %j gives %d findings', (_what, files, findings) => {
  expect(doubtful(files)).toHaveLength(findings);
});
