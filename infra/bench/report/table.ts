import type { Spread } from '../measure/statistics.js';
import type { Aim, FigureSummary } from './figure.js';

const HEADINGS = ['row', 'figure', 'ours ÷ baseline', 'aim', 'met', 'ours', 'baseline', 'unit'] as const;

/** The table a person reads: ratios first, then the figures behind them, median and range of the repetitions. */
export function renderTable(figures: readonly FigureSummary[]): string {
  const rows = [HEADINGS, ...figures.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function cells(figure: FigureSummary): readonly string[] {
  return [
    figure.row,
    figure.name,
    figure.ratio === null ? '' : renderSpread(figure.ratio),
    figure.aim === null ? '' : renderAim(figure.aim, figure.unit),
    figure.isMet === null ? '' : figure.isMet ? 'yes' : 'NO',
    renderSpread(figure.ours),
    figure.baseline === null ? '' : renderSpread(figure.baseline),
    figure.unit,
  ];
}

function renderAim(aim: Aim, unit: string): string {
  return `${aim.is === 'at least' ? '≥' : '≤'} ${renderNumber(aim.value)}${aim.of === 'ratio' ? ' ×' : ` ${unit}`}`;
}

/** `12.3 (11.9–12.8)`; without the range when all repetitions agree. */
export function renderSpread(spread: Spread): string {
  const [median, min, max] = [spread.median, spread.min, spread.max].map(renderNumber) as [string, string, string];
  return min === max ? median : `${median} (${min}–${max})`;
}

/** Three significant digits, thousands as `12,300`. */
export function renderNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
