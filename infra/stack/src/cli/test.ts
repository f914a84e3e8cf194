import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureConsole } from '../artifacts/console-files.js';
import { messageOf, StackFault } from '../fault.js';
import { environmentOf } from '../isolated-stack.js';
import { cacheFolder } from '../paths.js';
import { formatElapsed, type Report } from '../progress.js';
import type { Env } from '../services/service-plan.js';
import { runChecks } from '../test-run/checks.js';
import { openContainerStack } from '../test-run/container-stack.js';
import { sweepDeadRuns } from '../test-run/dead-runs.js';
import { filesWithLongForm } from '../test-run/long-form.js';
import {
  addTallies,
  EMPTY_TALLY,
  exitCodeOf,
  failureLines,
  failureOf,
  slowestLines,
  tallyLine,
  type Tally,
} from '../test-run/tally.js';
import { offerOpenSearch } from '../test-run/opensearch-on-demand.js';
import { buildPrograms, programsFor } from '../test-run/server-programs.js';
import { LENGTH_VARIABLE } from '../test-run/test-length.js';
import { openTestStack, type TestStack } from '../test-run/test-stack.js';
import { runVitest, stopVitest } from '../test-run/vitest-run.js';
import { onStopSignal } from './stop-signal.js';

/** Cheapest first, one group of projects after the other: two cores are soon full. */
const STAGES: readonly (readonly string[])[] = [['int', 'replay'], ['proc', 'e2e'], ['alone']];

/** Tests without a server do not depend on how loaded the machine is, and what is recorded is written once. */
const ONCE_ONLY: ReadonlySet<string> = new Set(['unit', 'record']);

/** Projects that only run when they are asked for, instead of all others. */
const SPECIAL: readonly string[] = ['external', 'record'];

const OPTIONS: ReadonlySet<string> = new Set(['--docker', '--long', ...SPECIAL.map((project) => `--${project}`)]);

const report: Report = (line) => console.log(line);

/** What was asked for on the command line. */
interface Asked {
  /** One of `SPECIAL`. */
  readonly special: string | undefined;
  readonly isLong: boolean;
  readonly usesDocker: boolean;
  /** Parts of paths; all tests when there are none. */
  readonly filters: readonly string[];
}

function readArguments(args: readonly string[]): Asked {
  const unknown = args.filter((arg) => arg.startsWith('--') && !OPTIONS.has(arg));
  if (unknown.length > 0)
    throw new StackFault(`${unknown.join(' ')}: npm test knows ${[...OPTIONS].join(', ')} and path filters only.`);
  return {
    special: SPECIAL.find((project) => args.includes(`--${project}`)),
    isLong: args.includes('--long'),
    usesDocker: args.includes('--docker'),
    filters: args.filter((arg) => !arg.startsWith('--')),
  };
}

/**
 * `npm test` after the install: all checks and all tests on a private stack, then one line with the total.
 * Arguments that are no options are path filters for the tests (and leave the checks out).
 */
async function main(): Promise<number> {
  const startedAtMs = Date.now();
  const asked = readArguments(process.argv.slice(2));
  await sweepDeadRuns(tmpdir(), report);
  const stopped = onStopSignal(report);
  const open = asked.usesDocker ? openContainerStack : openTestStack;
  const stack = await open(await mkdtemp(join(tmpdir(), 'flowplane-test-')), report);
  const openSearch = await offerOpenSearch(stack.temporary, { cache: cacheFolder(process.env), report });
  let tally = EMPTY_TALLY;
  const work = async (): Promise<void> => {
    for await (const done of runAll(stack, openSearch.env, asked)) tally = addTallies(tally, done);
  };
  try {
    const signal = await Promise.race([work(), stopped]);
    if (signal !== undefined) throw new StackFault(`${signal}: the tests were stopped.`);
  } catch (thrown) {
    report(messageOf(thrown));
    tally = addTallies(tally, failureOf(messageOf(thrown)));
  } finally {
    await stopVitest();
    await openSearch.close().catch((thrown: unknown) => report(`  ! OpenSearch was not removed: ${messageOf(thrown)}`));
    await stack.close().catch((thrown: unknown) => report(`  ! the test stack was not removed: ${messageOf(thrown)}`));
  }
  for (const line of slowestLines(tally)) report(line);
  report(`\nTook ${formatElapsed(Date.now() - startedAtMs)}.`);
  for (const line of failureLines(tally)) report(line);
  report(tallyLine(tally));
  return exitCodeOf(tally);
}

/** What needs no server runs while the stack is fetched, built and started. */
async function* runAll(stack: TestStack, onDemand: Env, { special, isLong, filters }: Asked): AsyncGenerator<Tally> {
  const env = {
    FLOWPLANE_CACHE: cacheFolder(process.env),
    TMPDIR: stack.temporary,
    ...(isLong ? { [LENGTH_VARIABLE]: 'long' } : {}),
  };
  const wanted = isLong ? filesWithLongForm(filters) : filters;
  const built = Promise.all([
    buildPrograms(programsFor(wanted), cacheFolder(process.env), report),
    // What the tests of its pages miss, they say.
    ensureConsole(report).catch((thrown: unknown) => report(`  ! the console was not built: ${messageOf(thrown)}`)),
  ]);
  const stage = (projects: readonly string[], more: Env = {}): Promise<Tally> => {
    report(`\nTests: ${projects.join(', ')}`);
    const run = { projects, filters: wanted, env: { ...env, ...more }, folder: stack.temporary };
    return runVitest(run, { again: !projects.some((project) => ONCE_ONLY.has(project)) });
  };
  if (special === undefined && !isLong && filters.length === 0) {
    // The compilation before this was a check too.
    yield { ...EMPTY_TALLY, passed: 1 };
    yield await runChecks(report);
  }
  if (special === undefined) yield await stage(['unit']);
  const endpoints = { ...environmentOf(await stack.endpoints), ...onDemand };
  await built;
  for (const projects of special === undefined ? STAGES : [[special]]) yield await stage(projects, endpoints);
}

main().then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    console.error(thrown instanceof StackFault ? thrown.message : thrown instanceof Error ? thrown.stack : thrown);
    report(tallyLine({ ...EMPTY_TALLY, failed: 1 }));
    process.exit(1);
  },
);
