import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '../paths.js';

const NOT_OURS = new Set(['node_modules', 'dist']);

/** Spec files below the repository root whose text fits; with filters, those whose path contains one. */
export function specFiles(filters: readonly string[], fits: RegExp): readonly string[] {
  const isWanted = (path: string): boolean => filters.length === 0 || filters.some((filter) => path.includes(filter));
  return specsBelow('').filter((path) => isWanted(path) && fits.test(readFileSync(join(repoRoot(), path), 'utf8')));
}

function specsBelow(folder: string): readonly string[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) || entry.name.startsWith('.') ? [] : specsBelow(path);
    return entry.name.endsWith('.spec.ts') ? [path] : [];
  });
}
