import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, StackFault } from '../fault.js';
import { formatElapsed, type Report } from '../progress.js';
import { openTestStack, type TestStack } from '../test-run/test-stack.js';
import { runChecks } from '../test-run/checks.js';
import { openContainerStack } from '../test-run/container-stack.js';
import { sweepDeadRuns } from '../test-run/dead-runs.js';
import {
  addTallies,
  EMPTY_TALLY,
  exitCodeOf,
  failureLines,
  failureOf,
  tallyLine,
  type Tally,
} from '../test-run/tally.js';
import { runVitest, stopVitest } from '../test-run/vitest-run.js';
import { onStopSignal } from './stop-signal.js';

/** Cheapest first, one group of projects after the other: two cores are soon full. */
const STAGES: readonly (readonly string[])[] = [['unit'], ['int', 'replay'], ['proc'], ['e2e']];

const OPTIONS: ReadonlySet<string> = new Set(['--external', '--docker']);

const report: Report = (line) => console.log(line);

/**
 * `npm test` after the install: all checks and all tests on a private stack, then one line with the total.
 * Arguments that are no options are path filters for the tests (and leave the checks out).
 */
async function main(): Promise<number> {
  const startedAtMs = Date.now();
  const args = process.argv.slice(2);
  const isExternal = args.includes('--external');
  const filters = args.filter((arg) => !arg.startsWith('--'));
  const unknown = args.filter((arg) => arg.startsWith('--') && !OPTIONS.has(arg));
  if (unknown.length > 0)
    throw new StackFault(`${unknown.join(' ')}: npm test knows --external, --docker and path filters only.`);
  // The compilation before this was a check too.
  let tally: Tally = isExternal || filters.length > 0 ? EMPTY_TALLY : { ...EMPTY_TALLY, passed: 1 };
  if (!isExternal && filters.length === 0) tally = addTallies(tally, await runChecks(report));

  await sweepDeadRuns(tmpdir(), report);
  const open = args.includes('--docker') ? openContainerStack : openTestStack;
  const stack = await open(await mkdtemp(join(tmpdir(), 'flowplane-test-')), report);
  const stopped = onStopSignal(report);
  try {
    const tests = runStages(stack, isExternal ? [['external']] : STAGES, filters);
    const ended = await Promise.race([tests, stopped]);
    if (typeof ended === 'string') throw new StackFault(`${ended}: the tests were stopped.`);
    tally = addTallies(tally, ended);
  } catch (thrown) {
    report(messageOf(thrown));
    tally = addTallies(tally, failureOf(messageOf(thrown)));
  } finally {
    await stopVitest();
    await stack.close().catch((thrown: unknown) => report(`  ! the test stack was not removed: ${messageOf(thrown)}`));
  }
  report(`\nTook ${formatElapsed(Date.now() - startedAtMs)}.`);
  for (const line of failureLines(tally)) report(line);
  report(tallyLine(tally));
  return exitCodeOf(tally);
}

async function runStages(
  stack: TestStack,
  stages: readonly (readonly string[])[],
  filters: readonly string[],
): Promise<Tally> {
  let tally = EMPTY_TALLY;
  for (const projects of stages) {
    report(`\nTests: ${projects.join(', ')}`);
    tally = addTallies(tally, await runVitest({ projects, filters, env: stack.env, folder: stack.temporary }));
  }
  return tally;
}

main().then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    console.error(thrown instanceof StackFault ? thrown.message : thrown instanceof Error ? thrown.stack : thrown);
    report(tallyLine({ ...EMPTY_TALLY, failed: 1 }));
    process.exit(1);
  },
);
