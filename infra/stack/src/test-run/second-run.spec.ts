import { expect, test } from 'vitest';
import { filesToRunAgain, withSecondRun } from './second-run.js';
import { failureLines, tallyOfReport } from './tally.js';
import type { FileReport, TestReport, TestResult } from './test-report.js';

const result = (name: string, state: TestResult['state']): TestResult => ({
  ...{ name, state, ms: 1, isFlaky: false },
  errors: state === 'failed' ? ['expected 3 to be 4'] : [],
});
const file = (name: string, tests: readonly TestResult[], errors: readonly string[] = []): FileReport => ({
  ...{ name, ms: 10, tests, errors },
});
const report = (...files: readonly FileReport[]): TestReport => ({ files, outside: [] });

const good = file('good.spec.ts', [result('adds', 'passed')]);
const broken = file('broken.spec.ts', [result('adds', 'passed'), result('divides', 'failed')]);
const notBegun = file('hook.spec.ts', [], ['the services did not start']);

test('files with a failed test, and files that could not begin, are run again', () => {
  expect(filesToRunAgain(report(good, broken, notBegun))).toEqual(['broken.spec.ts', 'hook.spec.ts']);
});

test('nothing is run again when many files failed', () => {
  const many = Array.from({ length: 6 }, (_, index) => file(`${index}.spec.ts`, [result('adds', 'failed')]));
  expect(filesToRunAgain(report(...many))).toEqual([]);
});

test('what passes the second time counts as passed and is named as flaky', () => {
  const second = report(
    file('broken.spec.ts', [result('adds', 'passed'), result('divides', 'passed')]),
    file('hook.spec.ts', [result('starts', 'passed')]),
  );
  const tally = tallyOfReport(withSecondRun(report(good, broken, notBegun), second), 0);
  expect(tally).toMatchObject({ passed: 4, failed: 0 });
  expect(failureLines(tally)).toEqual([
    '! flaky: broken.spec.ts > divides: expected 3 to be 4',
    '! flaky: hook.spec.ts > starts: the services did not start',
  ]);
});

test('what fails again, also another test of the file, has failed', () => {
  const second = report(file('broken.spec.ts', [result('adds', 'failed'), result('divides', 'passed')]));
  const tally = tallyOfReport(withSecondRun(report(good, broken), second), 1);
  expect(tally).toMatchObject({ passed: 2, failed: 1 });
  expect(failureLines(tally)).toEqual([
    '! flaky: broken.spec.ts > divides: expected 3 to be 4',
    '✗ broken.spec.ts > adds: expected 3 to be 4',
  ]);
});

test('an error outside of any test is not made good by a second run', () => {
  const first = { ...report(broken), outside: ['an unhandled rejection'] };
  const second = report(file('broken.spec.ts', [result('adds', 'passed'), result('divides', 'passed')]));
  expect(tallyOfReport(withSecondRun(first, second), 1)).toMatchObject({ failed: 1 });
});
