import { ensureGoProgram, type GoProgram } from '../artifacts/go-program.js';
import { messageOf } from '../fault.js';
import type { Report } from '../progress.js';
import { PROGRAM_OF_START } from '../test-servers/programs.js';
import { specFiles } from './spec-files.js';

/** The programs of the servers that the chosen spec files start: those that call a start function by its name. */
export function programsFor(filters: readonly string[]): readonly GoProgram[] {
  const needed = Object.entries(PROGRAM_OF_START).filter(
    ([start]) => specFiles(filters, new RegExp(String.raw`\b${start}\(`)).length > 0,
  );
  return needed.map(([, program]) => program);
}

/**
 * Builds what the cache lacks, one after the other: Go takes every core. What cannot be built is reported; the tests that
 * need it try again, and fail.
 */
export async function buildPrograms(programs: readonly GoProgram[], cache: string, report: Report): Promise<void> {
  for (const program of programs) {
    await ensureGoProgram(program, cache, report).catch((thrown: unknown) => report(messageOf(thrown)));
  }
}
