import { writeFileSync } from 'node:fs';

/** Where the reporter writes; without it, it writes nothing. */
export const REPORT_VARIABLE = 'FLOWPLANE_TEST_REPORT';

/** How one run of vitest ended, as the reporter below writes it in JSON. */
export interface TestReport {
  readonly files: readonly FileReport[];
  /** Messages of errors outside of any test. */
  readonly outside: readonly string[];
}

export interface FileReport {
  /** Path below the repository root. */
  readonly name: string;
  /** Loading, hooks and tests. */
  readonly ms: number;
  readonly tests: readonly TestResult[];
  /** Messages of what failed outside of a test: loading, or a hook. */
  readonly errors: readonly string[];
}

export interface TestResult {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
  readonly ms: number;
  /** It passed, but only when its file was run again; `errors` says how it failed before. */
  readonly isFlaky: boolean;
  readonly errors: readonly string[];
}

/** The part of vitest's objects that is read here: nothing but tests may import vitest. */
interface VitestModule {
  readonly relativeModuleId: string;
  readonly children: {
    readonly allSuites: () => Iterable<{ readonly errors: () => readonly VitestError[] }>;
    readonly allTests: () => Iterable<VitestTest>;
  };
  readonly errors: () => readonly VitestError[];
  readonly diagnostic: () => Readonly<
    Record<'prepareDuration' | 'setupDuration' | 'collectDuration' | 'duration', number>
  >;
}

interface VitestTest {
  readonly fullName: string;
  readonly result: () => { readonly state: TestResult['state']; readonly errors?: readonly VitestError[] };
  readonly diagnostic: () => { readonly duration: number } | undefined;
}

interface VitestError {
  readonly stack?: string;
  readonly message: string;
}

/** A reporter of vitest that tells what the totals of a run need; vitest constructs it. */
export default function makeTestReporter(): object {
  return {
    onTestRunEnd(modules: readonly VitestModule[], outside: readonly VitestError[]) {
      const file = process.env[REPORT_VARIABLE];
      const report: TestReport = { files: modules.map(fileReport), outside: messagesOf(outside) };
      if (file !== undefined) writeFileSync(file, JSON.stringify(report));
    },
  };
}

function fileReport(module: VitestModule): FileReport {
  const { collectDuration, prepareDuration, setupDuration, duration } = module.diagnostic();
  const suites = [...module.children.allSuites()];
  return {
    name: module.relativeModuleId,
    ms: prepareDuration + setupDuration + collectDuration + duration,
    tests: [...module.children.allTests()].map((test) => ({
      name: test.fullName,
      state: test.result().state,
      ms: test.diagnostic()?.duration ?? 0,
      isFlaky: false,
      errors: messagesOf(test.result().errors ?? []),
    })),
    errors: messagesOf([...module.errors(), ...suites.flatMap((suite) => suite.errors())]),
  };
}

const messagesOf = (errors: readonly VitestError[]): readonly string[] =>
  errors.map(({ stack, message }) => stack || message);
