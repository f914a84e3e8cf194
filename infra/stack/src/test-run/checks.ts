import { join } from 'node:path';
import { runTool } from '../artifacts/run-tool.js';
import { messageOf } from '../fault.js';
import { repoRoot } from '../paths.js';
import { step, type Report } from '../progress.js';
import { addTallies, EMPTY_TALLY, failureOf, type Tally } from './tally.js';

/** The parts of `npm run check` after the compilation, as scripts of the root package; the longest first. */
const CHECKS = ['formatted', 'lint', 'imports', 'dead'];

/** One of them uses one core. */
const AT_A_TIME = 2;

/** Runs every check, also after one has failed; the output of a failed one is reported. */
export async function runChecks(report: Report): Promise<Tally> {
  const waiting = [...CHECKS];
  let tally = EMPTY_TALLY;
  const lane = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const done = await runCheck(check, report);
      tally = addTallies(tally, done);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return tally;
}

async function runCheck(check: string, report: Report): Promise<Tally> {
  try {
    await step(report, `check: ${check}`, 0, async () => {
      const path = `${join(repoRoot(), 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`;
      const args = ['run', '--silent', check];
      await runTool({ command: 'npm', args, cwd: repoRoot(), env: { ...process.env, PATH: path } });
    });
    return { ...EMPTY_TALLY, passed: 1 };
  } catch (thrown) {
    report(messageOf(thrown));
    return failureOf(`check: ${check}`);
  }
}
