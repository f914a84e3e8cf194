import { expect, test } from 'vitest';
import { addTallies, EMPTY_TALLY, exitCodeOf, failureLines, tallyLine, tallyOfReport } from './tally.js';

const report = (over: object): object => ({
  numPassedTests: 0,
  numPendingTests: 0,
  testResults: [],
  ...over,
});

test('the closing line has passed and failed, and skipped ones only where there are any', () => {
  expect(tallyLine({ ...EMPTY_TALLY, passed: 12 })).toBe('12 passed, 0 failed');
  expect(tallyLine({ ...EMPTY_TALLY, passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
});

test('a file that could not be loaded counts as one failure', () => {
  const testResults = [
    { status: 'failed', name: 'a.spec.ts', message: 'no such module\n    at load', assertionResults: [] },
    { status: 'failed', name: 'b.spec.ts', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    { status: 'passed', name: 'c.spec.ts', assertionResults: [{ status: 'passed' }] },
  ];
  expect(tallyOfReport(report({ numPassedTests: 2, testResults }), 1)).toMatchObject({
    passed: 2,
    failed: 2,
    skipped: 0,
  });
});

test('what failed is listed by file, test and message, in a line each', () => {
  const failed = { status: 'failed', fullName: 'adds up', failureMessages: ['expected 3\n  to be 4\n    at sum.ts:1'] };
  const testResults = [
    { status: 'failed', name: 'a.spec.ts', message: 'no such module\n    at load', assertionResults: [] },
    { status: 'failed', name: 'b.spec.ts', assertionResults: [failed, { status: 'passed' }] },
  ];
  expect(failureLines(tallyOfReport(report({ testResults }), 1))).toEqual([
    '✗ a.spec.ts: no such module',
    '✗ b.spec.ts > adds up: expected 3 to be 4',
  ]);
});

test('an error outside of any test fails the run', () => {
  expect(tallyOfReport(report({ numPassedTests: 3 }), 1)).toMatchObject({ passed: 3, failed: 1, skipped: 0 });
});

test('tallies add up, and a run without a test is no success', () => {
  const sum = addTallies({ ...EMPTY_TALLY, passed: 1, skipped: 1 }, { ...EMPTY_TALLY, passed: 2 });
  expect([sum, exitCodeOf(sum)]).toEqual([{ ...EMPTY_TALLY, passed: 3, skipped: 1 }, 0]);
  expect(exitCodeOf(EMPTY_TALLY)).toBe(1);
  expect(exitCodeOf({ ...EMPTY_TALLY, passed: 9, failed: 1 })).toBe(1);
});
