import { join } from 'node:path';
import { runTool } from '../artifacts/run-tool.js';
import { messageOf } from '../fault.js';
import { repoRoot } from '../paths.js';
import { step, type Report } from '../progress.js';
import { addTallies, EMPTY_TALLY, failureOf, type Tally } from './tally.js';

/** The parts of `npm run check` after the compilation, as scripts of the root package. */
const CHECKS = ['lint', 'imports', 'dead', 'formatted'];

/** Runs every check, also after one has failed; the output of a failed one is reported. */
export async function runChecks(report: Report): Promise<Tally> {
  let tally = EMPTY_TALLY;
  for (const check of CHECKS) {
    try {
      await step(report, `check: ${check}`, 0, async () => {
        const path = `${join(repoRoot(), 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`;
        const args = ['run', '--silent', check];
        await runTool({ command: 'npm', args, cwd: repoRoot(), env: { ...process.env, PATH: path } });
      });
      tally = addTallies(tally, { ...EMPTY_TALLY, passed: 1 });
    } catch (thrown) {
      report(messageOf(thrown));
      tally = addTallies(tally, failureOf(`check: ${check}`));
    }
  }
  return tally;
}
