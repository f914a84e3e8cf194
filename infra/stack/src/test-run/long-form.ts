import { StackFault } from '../fault.js';
import { specFiles } from './spec-files.js';

/** The spec files that have a long form, below the repository root; with filters, those whose path contains one. */
export function filesWithLongForm(filters: readonly string[]): readonly string[] {
  const found = specFiles(filters, /\blongOr\(/);
  if (found.length === 0) throw new StackFault(`No test with a long form has ${filters.join(' or ')} in its path.`);
  return found;
}
