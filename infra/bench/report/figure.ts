import { spreadOf, type Spread } from '../measure/statistics.js';

/** One repetition of one figure. `baseline` null: the figure stands for itself. */
export type Sample = { readonly ours: number; readonly baseline: number | null };

export type Aim = {
  /** What is compared: our figure ÷ baseline, or our figure alone. */
  readonly of: 'ratio' | 'ours';
  readonly is: 'at least' | 'at most';
  readonly value: number;
};

/** One line of the table: what was measured, in which unit, against what. */
export type Figure = {
  readonly row: string;
  readonly name: string;
  readonly unit: string;
  readonly aim: Aim | null;
  readonly samples: readonly Sample[];
};

export type FigureSummary = Figure & {
  readonly ours: Spread;
  readonly baseline: Spread | null;
  /** Of the repetitions' own ratios: each repetition has its own baseline beside it. Null where that is nothing. */
  readonly ratio: Spread | null;
  /** Null without an aim. Judged by the median. */
  readonly isMet: boolean | null;
};

/** @throws RangeError for a figure without samples */
export function summarise(figure: Figure): FigureSummary {
  const { samples, aim } = figure;
  const compared = samples.filter((sample): sample is Sample & { baseline: number } => sample.baseline !== null);
  const ours = spreadOf(samples.map((sample) => sample.ours));
  const hasBaseline = compared.length > 0;
  const ratios = compared.filter(({ baseline }) => baseline > 0).map((sample) => sample.ours / sample.baseline);
  const ratio = ratios.length > 0 ? spreadOf(ratios) : null;
  return {
    ...figure,
    ours,
    baseline: hasBaseline ? spreadOf(compared.map((sample) => sample.baseline)) : null,
    ratio,
    isMet: aim === null ? null : isMet(aim, aim.of === 'ours' ? ours : ratio),
  };
}

function isMet(aim: Aim, measured: Spread | null): boolean {
  if (measured === null) return false;
  return aim.is === 'at least' ? measured.median >= aim.value : measured.median <= aim.value;
}
