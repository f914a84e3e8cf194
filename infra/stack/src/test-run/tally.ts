/** How many checks and tests ended how. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed and why, a line each. */
  readonly failures: readonly string[];
}

export const EMPTY_TALLY: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/** One thing that failed, without a test's name for it. */
export const failureOf = (what: string): Tally => ({ ...EMPTY_TALLY, failed: 1, failures: [what] });

/** What failed, printed again below all other output, where it is seen. */
export const failureLines = (tally: Tally): readonly string[] => tally.failures.map((failure) => `✗ ${failure}`);

/** The line that closes a run: `N passed, N failed`, with the skipped ones only where there are any. */
export function tallyLine(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

/** 0 only when something ran and nothing failed. */
export function exitCodeOf(tally: Tally): 0 | 1 {
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
}

/** The part of vitest's JSON report that is read here. */
interface JsonReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests?: number;
  readonly testResults: readonly {
    readonly name?: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName?: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

const MESSAGE_LENGTH = 500;

/**
 * Counts a report of vitest's JSON reporter. A file that failed without a failed test (it could not be loaded, or a hook
 * failed) counts as one failure, and so does a run that failed although no test did (an error outside of any test).
 */
export function tallyOfReport(reportJson: unknown, exitCode: number): Tally {
  const report = reportJson as JsonReport;
  const failures = report.testResults.filter(({ status }) => status === 'failed').flatMap(failuresOfFile);
  const outside = failures.length === 0 && exitCode !== 0 ? ['an error outside of any test'] : [];
  return {
    passed: report.numPassedTests,
    failed: failures.length + outside.length,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    failures: [...failures, ...outside],
  };
}

function failuresOfFile(file: JsonReport['testResults'][number]): readonly string[] {
  const name = file.name ?? 'a file without a name';
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return [`${name}: ${brief(file.message)}`];
  return failed.map((test) => `${name} > ${test.fullName ?? ''}: ${brief(test.failureMessages?.join(' | '))}`);
}

/** A message in one line, without the stack. */
function brief(message: string | undefined): string {
  const lines = (message ?? '').split('\n').filter((line) => !/^\s+at /.test(line));
  return lines.join(' ').replaceAll(/\s+/g, ' ').trim().slice(0, MESSAGE_LENGTH);
}
