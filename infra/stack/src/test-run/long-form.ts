import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackFault } from '../fault.js';
import { repoRoot } from '../paths.js';

const NOT_OURS = new Set(['node_modules', 'dist']);

/** The spec files that have a long form, below the repository root; with filters, those whose path contains one. */
export function filesWithLongForm(filters: readonly string[]): readonly string[] {
  const isWanted = (path: string): boolean => filters.length === 0 || filters.some((filter) => path.includes(filter));
  const found = specsBelow('').filter((path) => isWanted(path) && hasLongForm(path));
  if (found.length === 0) throw new StackFault(`No test with a long form has ${filters.join(' or ')} in its path.`);
  return found;
}

const hasLongForm = (path: string): boolean => /\blongOr\(/.test(readFileSync(join(repoRoot(), path), 'utf8'));

function specsBelow(folder: string): readonly string[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) || entry.name.startsWith('.') ? [] : specsBelow(path);
    return entry.name.endsWith('.spec.ts') ? [path] : [];
  });
}
