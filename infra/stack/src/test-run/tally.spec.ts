import { expect, test } from 'vitest';
import { addTallies, exitCodeOf, tallyLine, tallyOfReport } from './tally.js';

const report = (over: object): object => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  testResults: [],
  ...over,
});

test('the closing line has passed and failed, and skipped ones only where there are any', () => {
  expect(tallyLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(tallyLine({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
});

test('a file that could not be loaded counts as one failure', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
  ];
  expect(tallyOfReport(report({ numPassedTests: 1, numFailedTests: 1, testResults }), 1)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 0,
  });
});

test('an error outside of any test fails the run', () => {
  expect(tallyOfReport(report({ numPassedTests: 3 }), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test('tallies add up, and a run without a test is no success', () => {
  const sum = addTallies({ passed: 1, failed: 0, skipped: 1 }, { passed: 2, failed: 0, skipped: 0 });
  expect([sum, exitCodeOf(sum)]).toEqual([{ passed: 3, failed: 0, skipped: 1 }, 0]);
  expect(exitCodeOf({ passed: 0, failed: 0, skipped: 0 })).toBe(1);
  expect(exitCodeOf({ passed: 9, failed: 1, skipped: 0 })).toBe(1);
});
