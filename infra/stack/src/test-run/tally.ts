import { formatElapsed } from '../progress.js';
import type { FileReport, TestReport } from './test-report.js';

/** How many checks and tests ended how. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed and why, a line each. */
  readonly failures: readonly string[];
  /** What passed only when it was run again, and why it had failed, a line each. */
  readonly flaky: readonly string[];
  readonly files: readonly Timed[];
  readonly tests: readonly Timed[];
}

/** A file or a test, and how long it took. */
export interface Timed {
  readonly name: string;
  readonly ms: number;
}

export const EMPTY_TALLY: Tally = { passed: 0, failed: 0, skipped: 0, failures: [], flaky: [], files: [], tests: [] };

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
    flaky: [...a.flaky, ...b.flaky],
    files: [...a.files, ...b.files],
    tests: [...a.tests, ...b.tests],
  };
}

/** One thing that failed, without a test's name for it. */
export const failureOf = (what: string): Tally => ({ ...EMPTY_TALLY, failed: 1, failures: [what] });

/** What failed and what is flaky, printed again below all other output, where it is seen. */
export const failureLines = (tally: Tally): readonly string[] => [
  ...tally.flaky.map((name) => `! flaky: ${name}`),
  ...tally.failures.map((failure) => `✗ ${failure}`),
];

const SLOWEST = 20;

/** The files and the tests that took longest. */
export const slowestLines = (tally: Tally): readonly string[] => [
  ...slowest('Slowest test files', tally.files),
  ...slowest('Slowest tests', tally.tests),
];

function slowest(title: string, all: readonly Timed[]): readonly string[] {
  const first = all.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  return first.length === 0
    ? []
    : [`\n${title}`, ...first.map(({ name, ms }) => `${formatElapsed(ms).padStart(12)}  ${name}`)];
}

/** The line that closes a run: `N passed, N failed`, with the skipped ones only where there are any. */
export function tallyLine(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

/** 0 only when something ran and nothing failed. */
export function exitCodeOf(tally: Tally): 0 | 1 {
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
}

const MESSAGE_LENGTH = 500;

/**
 * Counts a report. A file that failed without a failed test (it could not be loaded, or a hook failed) counts as one
 * failure, and so does a run that failed although no test did (an error outside of any test).
 */
export function tallyOfReport({ files, outside }: TestReport, exitCode: number): Tally {
  const failures = files.flatMap(failuresOfFile);
  if (failures.length === 0 && exitCode !== 0) failures.push(`an error outside of any test: ${brief(outside)}`);
  const tests = files.flatMap((file) => file.tests.map((test) => ({ ...test, name: `${file.name} > ${test.name}` })));
  return {
    passed: tests.filter(({ state }) => state === 'passed').length,
    failed: failures.length,
    skipped: tests.filter(({ state }) => state === 'skipped' || state === 'pending').length,
    failures,
    flaky: tests.filter(({ isFlaky }) => isFlaky).map(({ name, errors }) => `${name}: ${brief(errors)}`),
    files: files.map(({ name, ms }) => ({ name, ms })),
    tests: tests.map(({ name, ms }) => ({ name, ms })),
  };
}

function failuresOfFile({ name, tests, errors }: FileReport): string[] {
  const failed = tests.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return errors.length === 0 ? [] : [`${name}: ${brief(errors)}`];
  return failed.map((test) => `${name} > ${test.name}: ${brief(test.errors)}`);
}

/** Messages in one line, without the stacks. */
function brief(messages: readonly string[]): string {
  const lines = messages.join(' | ').split('\n');
  const kept = lines.filter((line) => !/^\s+at /.test(line));
  return kept.join(' ').replaceAll(/\s+/g, ' ').trim().slice(0, MESSAGE_LENGTH);
}
