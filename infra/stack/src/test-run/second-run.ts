import type { FileReport, TestReport } from './test-report.js';

/** More files than this that failed in one stage are no accident of timing. */
const MOST_FILES_AGAIN = 5;

/** The files that failed and are worth a second run; none when so many failed that the fault is elsewhere. */
export function filesToRunAgain({ files }: TestReport): readonly string[] {
  const failed = files.filter(hasFailed).map(({ name }) => name);
  return failed.length > MOST_FILES_AGAIN ? [] : failed;
}

/**
 * The first run with the files of the second in their places. A test that passed only in the second is flaky, also one
 * whose file could not even begin in the first.
 */
export function withSecondRun(first: TestReport, second: TestReport): TestReport {
  const again = new Map(second.files.map((file) => [file.name, file]));
  return {
    files: first.files.map((file) => merged(file, again.get(file.name))),
    outside: [...first.outside, ...second.outside],
  };
}

function merged(file: FileReport, again: FileReport | undefined): FileReport {
  if (again === undefined) return file;
  const before = new Map(file.tests.map((test) => [test.name, test]));
  const tests = again.tests.map((test) => {
    const earlier = before.get(test.name);
    if (test.state !== 'passed' || earlier?.state === 'passed') return test;
    return { ...test, isFlaky: true, errors: earlier?.errors ?? file.errors };
  });
  return { ...again, ms: file.ms + again.ms, tests };
}

const hasFailed = ({ errors, tests }: FileReport): boolean =>
  errors.length > 0 || tests.some(({ state }) => state === 'failed');
