import { expect, test } from 'vitest';
import {
  addTallies,
  EMPTY_TALLY,
  exitCodeOf,
  failureLines,
  slowestLines,
  tallyLine,
  tallyOfReport,
  type Timed,
} from './tally.js';
import type { FileReport, TestReport, TestResult } from './test-report.js';

const result = (over: Partial<TestResult> = {}): TestResult => ({
  ...{ name: 'adds up', state: 'passed', ms: 1, isFlaky: false, errors: [] },
  ...over,
});
const file = (over: Partial<FileReport>): FileReport => ({ name: 'a.spec.ts', ms: 1, tests: [], errors: [], ...over });
const report = (...files: readonly FileReport[]): TestReport => ({ files, outside: [] });

test('the closing line has passed and failed, and skipped ones only where there are any', () => {
  expect(tallyLine({ ...EMPTY_TALLY, passed: 12 })).toBe('12 passed, 0 failed');
  expect(tallyLine({ ...EMPTY_TALLY, passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
});

test('a file that could not be loaded counts as one failure', () => {
  const files = [
    file({ errors: ['no such module\n    at load'] }),
    file({ name: 'b.spec.ts', tests: [result({ state: 'failed' }), result()] }),
    file({ name: 'c.spec.ts', tests: [result()] }),
  ];
  expect(tallyOfReport(report(...files), 1)).toMatchObject({ passed: 2, failed: 2, skipped: 0 });
});

test('what failed is listed by file, test and message, in a line each', () => {
  const failed = result({ state: 'failed', errors: ['expected 3\n  to be 4\n    at sum.ts:1'] });
  const files = [
    file({ errors: ['no such module\n    at load'] }),
    file({ name: 'b.spec.ts', tests: [failed, result()] }),
  ];
  expect(failureLines(tallyOfReport(report(...files), 1))).toEqual([
    '✗ a.spec.ts: no such module',
    '✗ b.spec.ts > adds up: expected 3 to be 4',
  ]);
});

test('an error outside of any test fails the run', () => {
  const outside = { ...report(file({ tests: [result()] })), outside: ['an unhandled rejection'] };
  expect(tallyOfReport(outside, 1)).toMatchObject({
    ...{ passed: 1, failed: 1, skipped: 0 },
    failures: ['an error outside of any test: an unhandled rejection'],
  });
});

test('a test that needed a second run passed, and is named as flaky', () => {
  const retried = result({ isFlaky: true, errors: ['expected 3 to be 4'] });
  const tally = tallyOfReport(report(file({ tests: [retried, result()] })), 0);
  expect(tally).toMatchObject({ passed: 2, failed: 0 });
  expect(failureLines(tally)).toEqual(['! flaky: a.spec.ts > adds up: expected 3 to be 4']);
});

test('the twenty slowest files and tests are named, the slowest first', () => {
  const times: readonly Timed[] = Array.from({ length: 25 }, (_, index) => ({ name: `t${index}`, ms: index * 1000 }));
  const lines = slowestLines({ ...EMPTY_TALLY, files: times, tests: times.slice(0, 2) });
  expect(lines.slice(0, 3)).toEqual(['\nSlowest test files', '      24.0 s  t24', '      23.0 s  t23']);
  expect(lines).toHaveLength(1 + 20 + 1 + 2);
  expect(slowestLines(EMPTY_TALLY)).toEqual([]);
});

test('tallies add up, and a run without a test is no success', () => {
  const sum = addTallies({ ...EMPTY_TALLY, passed: 1, skipped: 1 }, { ...EMPTY_TALLY, passed: 2 });
  expect([sum, exitCodeOf(sum)]).toEqual([{ ...EMPTY_TALLY, passed: 3, skipped: 1 }, 0]);
  expect(exitCodeOf(EMPTY_TALLY)).toBe(1);
  expect(exitCodeOf({ ...EMPTY_TALLY, passed: 9, failed: 1 })).toBe(1);
});
