import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repoRoot } from '../paths.js';
import { filesToRunAgain, withSecondRun } from './second-run.js';
import { EMPTY_TALLY, failureOf, tallyOfReport, type Tally } from './tally.js';
import { REPORT_VARIABLE, type TestReport } from './test-report.js';

const REPORTER = fileURLToPath(new URL('./test-report.js', import.meta.url));
const STOP_TIMEOUT_MS = 10_000;

let running: ChildProcess | null = null;
let isStopped = false;

interface VitestRun {
  readonly projects: readonly string[];
  readonly filters: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

/**
 * Runs some vitest projects to their end, its output passed on; a run that leaves no report counts as one failure.
 * With `again`, files that failed are run a second time, one at a time.
 */
export async function runVitest(run: VitestRun, { again }: { readonly again: boolean }): Promise<Tally> {
  if (isStopped) return EMPTY_TALLY;
  const first = await runOnce(run, []);
  if (first.report === null) {
    return first.exitCode === 0 ? EMPTY_TALLY : failureOf(`${run.projects.join(', ')}: no report`);
  }
  const files = again ? filesToRunAgain(first.report) : [];
  if (files.length === 0 || isStopped) return tallyOfReport(first.report, first.exitCode);
  console.log(`\nOnce more: ${files.join(', ')}`);
  const second = await runOnce({ ...run, filters: files }, ['--maxWorkers=1']);
  if (second.report === null) return tallyOfReport(first.report, first.exitCode);
  return tallyOfReport(withSecondRun(first.report, second.report), second.exitCode);
}

interface VitestEnd {
  readonly exitCode: number;
  /** Null when vitest ended without one. */
  readonly report: TestReport | null;
}

async function runOnce({ projects, filters, env, folder }: VitestRun, options: readonly string[]): Promise<VitestEnd> {
  const reportFile = join(folder, `report-${randomUUID()}.json`);
  const vitest = join(repoRoot(), 'node_modules', 'vitest', 'vitest.mjs');
  const chosen = projects.flatMap((project) => ['--project', project]);
  const reporters = ['--reporter=default', `--reporter=${REPORTER}`];
  const exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, 'run', ...chosen, ...reporters, ...options, ...filters], {
      cwd: repoRoot(),
      env: { ...process.env, ...env, [REPORT_VARIABLE]: reportFile },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true, // Ctrl-C is ours to pass on, in order
    });
    running = child;
    child.once('error', reject);
    child.once('close', (code) => {
      running = null;
      resolve(code ?? 1);
    });
  });
  const report = existsSync(reportFile) ? (JSON.parse(readFileSync(reportFile, 'utf8')) as TestReport) : null;
  return { exitCode, report };
}

/** Ends a run that is under way, with its workers, and lets none begin any more. */
export async function stopVitest(): Promise<void> {
  isStopped = true;
  const child = running;
  if (child?.pid === undefined) return;
  const group = -child.pid;
  const ended = new Promise((resolve) => child.once('close', resolve));
  process.kill(group, 'SIGTERM');
  const late = setTimeout(() => process.kill(group, 'SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(late);
}
