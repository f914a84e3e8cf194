import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { endpointsOf } from '@flowplane/stack';
import { recordLog, type RecordedLog } from './load/recorded-log.js';
import { machineFacts } from './measure/machine-facts.js';
import { benchOptions, InvalidOptions, type BenchOptions, type RowId } from './options.js';
import { makeProgress, type Progress } from './report/progress.js';
import { renderReport, writeReport, type BenchReport, type RowReport } from './report/write-report.js';
import { rowA } from './rows/a-completed-runs.js';
import { rowB } from './rows/b-accepted-starts.js';
import { rowC } from './rows/c-command-latency.js';
import { rowD } from './rows/d-projection-rate.js';
import { rowE } from './rows/e-projection-lag.js';
import { rowF } from './rows/f-decider.js';
import { rowG } from './rows/g-branch-parallel-runs.js';
import { rowH } from './rows/h-webhook-latency.js';
import { rowI } from './rows/i-platform-event-rate.js';
import { rowJ } from './rows/j-hostile-tenant.js';
import { rowK } from './rows/k-template-runs.js';
import { rowL } from './rows/l-slow-neighbour.js';
import { rowM } from './rows/m-task-overhead.js';
import { rowN } from './rows/n-streams.js';
import { rowO } from './rows/o-console.js';
import { rowP } from './rows/p-engine-bound-runs.js';
import { rowQ } from './rows/q-light-load.js';
import type { Row, RowContext } from './rows/row.js';
import { versionsOf } from './system/versions.js';
import { openNamedSystem, openPrivateSystem, openRunningSystem, type BenchSystem } from './system/bench-system.js';

const ROWS: Readonly<Record<RowId, Row>> = {
  ...{ a: rowA, b: rowB, c: rowC, d: rowD, e: rowE, f: rowF },
  ...{ g: rowG, h: rowH, i: rowI, j: rowJ, k: rowK, l: rowL, m: rowM, n: rowN },
  ...{ o: rowO, p: rowP, q: rowQ },
};
const REPLAYED_RUNS = 20_000;

async function main(): Promise<number> {
  const options = benchOptions(process.argv.slice(2));
  const progress = makeProgress((line) => console.log(line));
  const rows = options.rows.map((id) => ROWS[id]);
  const expected = rows.reduce((sum, row) => sum + row.expectedSeconds, 0);
  progress.say(
    `Measuring rows ${options.rows.join(', ')}${options.isQuick ? '' : `: about ${Math.ceil(expected / 60)} min`}`,
  );
  profileInto(options.profiles);
  const system = await openSystem(options, progress);
  const stop = onceStopped(progress);
  try {
    const reports: RowReport[] = [];
    const context = contextOf(system, progress, options);
    for (const row of rows) reports.push(await Promise.race([measure(row, context), stop]));
    const report = await describe(options, system, reports);
    console.log(renderReport(report));
    console.log(`Written to ${writeReport(report, resolve(options.results))}`);
    return reports.some(({ failure }) => failure !== null) ? 1 : 0;
  } finally {
    await system.close();
  }
}

/** Every Node process started from here on writes a profile into `folder` when it ends in order. */
function profileInto(folder: string | null): void {
  if (folder === null) return;
  mkdirSync(folder, { recursive: true });
  process.env['BENCH_PROFILE_FOLDER'] = resolve(folder);
  process.env['NODE_OPTIONS'] = `--import ${new URL('./measure/write-profile.js', import.meta.url).href}`;
}

/** Where the environment names a stack, that one is used, as everywhere. */
async function openSystem(options: BenchOptions, progress: Progress): Promise<BenchSystem> {
  if (options.against !== null) return openRunningSystem(resolve(options.against), options.isCompact);
  const isNamed = ['KAFKA_BROKERS', 'FLOWS_DB_URL', 'TEMPORAL_ADDRESS'].every((name) => process.env[name]);
  return isNamed
    ? openNamedSystem(endpointsOf(process.env), options.isCompact)
    : openPrivateSystem(progress.say, options.isCompact);
}

/** Rejects when the person asks to stop, so that what was started is closed. */
function onceStopped(progress: Progress): Promise<never> {
  const stopped = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        progress.say(`  … stopping (${signal})`);
        reject(new Error(`stopped by ${signal}`));
      });
    }
  });
  stopped.catch(() => undefined); // between two rows nobody waits for it
  return stopped;
}

function contextOf(system: BenchSystem, progress: Progress, options: BenchOptions): RowContext {
  let recorded: Promise<RecordedLog> | undefined;
  return {
    system,
    progress,
    repetitions: options.repetitions,
    isQuick: options.isQuick,
    recordedLog: () => (recorded ??= recordLog(system, progress, options.isQuick ? 100 : REPLAYED_RUNS)),
  };
}

/** A row that fails says so in the report; the others are measured all the same. */
async function measure(row: Row, context: RowContext): Promise<RowReport> {
  const startedAt = performance.now();
  const head = { row: row.id, title: row.title };
  const elapsedSeconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  context.progress.say(`\n(${row.id}) ${row.title}`);
  try {
    const outcome = await row.measure(context);
    return { ...head, ...outcome, failure: null, elapsedSeconds: elapsedSeconds() };
  } catch (thrown) {
    const failure = thrown instanceof Error ? thrown.message : String(thrown);
    context.progress.say(`  ✗ row ${row.id}: ${thrown instanceof Error ? thrown.stack : failure}`);
    return { ...head, figures: [], bounds: [], details: {}, failure, elapsedSeconds: elapsedSeconds() };
  }
}

async function describe(options: BenchOptions, system: BenchSystem, rows: readonly RowReport[]): Promise<BenchReport> {
  const versions = await versionsOf(system);
  const { repetitions, isQuick, isCompact } = options;
  const settings = { repetitions, isQuick, isCompact, stack: system.isPrivate ? 'private' : 'a running one' };
  return { machine: machineFacts(process.cwd(), versions), settings, rows };
}

main().then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    console.error(thrown instanceof InvalidOptions ? thrown.message : thrown);
    process.exit(1);
  },
);
