import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineFacts } from '../measure/machine-facts.js';
import { summarise, type Figure } from './figure.js';
import { renderTable } from './table.js';

/** What one row brought: its figures, what bounds them (sentences), and other measurements of the same run. */
export type RowReport = {
  readonly row: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly bounds: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  /** Why the row could not be measured; null when it was. */
  readonly failure: string | null;
  readonly elapsedSeconds: number;
};

export type BenchReport = {
  readonly machine: MachineFacts;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly rows: readonly RowReport[];
};

/** The printed report: one table over all rows, then what bounds each. */
export function renderReport(report: BenchReport): string {
  const figures = report.rows.flatMap((row) => row.figures).map(summarise);
  const notes = report.rows.flatMap((row) => [
    `(${row.row}) ${row.title}`,
    ...row.bounds.map((sentence) => `    ${sentence}`),
    ...(row.failure === null ? [] : [`    NOT MEASURED: ${row.failure}`]),
  ]);
  const { machine } = report;
  const facts = `${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, revision ${machine.revision.slice(0, 12)}${machine.isModified ? ' (modified)' : ''}`;
  return ['', facts, '', ...(figures.length === 0 ? [] : [renderTable(figures), '']), ...notes, ''].join('\n');
}

/**
 * Writes the report as JSON into `folder` under the date of the run.
 *
 * @returns the path of the file
 */
export function writeReport(report: BenchReport, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.machine.date.replaceAll(':', '').replace(/\.\d+/, '')}.json`);
  const rows = report.rows.map((row) => ({ ...row, figures: row.figures.map(summarise) }));
  writeFileSync(file, `${JSON.stringify({ ...report, rows }, null, 2)}\n`);
  return file;
}
