import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repoRoot } from '../paths.js';

const read = (file: string): string => readFileSync(join(repoRoot(), file), 'utf8');

/** Source files below a folder that migrate something. */
function migratingBelow(folder: string): readonly string[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const file = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|dist.*|test|bench|e2e|\..*)$/.test(entry.name) ? [] : migratingBelow(file);
    return /(?<!\.spec)\.ts$/.test(entry.name) && /migrat/i.test(read(file)) ? [file] : [];
  });
}

it('a teardown looks into every schema that migrations of ours make', () => {
  const schemas = migratingBelow('.').flatMap((file) =>
    [...read(file).matchAll(/\bschema: '([a-z_]+)'/g)].map(([, name]) => name),
  );
  const source = read('command-service/src/routes/operator/teardown/tenant-tables.ts');
  const [, listed = ''] = /OWN_SCHEMAS[^=]*= \[(.*?)\];/s.exec(source) ?? [];
  expect(schemas.length).toBeGreaterThan(4);
  expect(schemas.filter((name) => !listed.includes(`'${name}'`))).toEqual([]);
});
