import type { Figure } from '../report/figure.js';
import type { Progress } from '../report/progress.js';
import type { BenchSystem } from '../system/bench-system.js';
import type { RecordedLog } from '../load/recorded-log.js';

/** What every row gets. */
export type RowContext = {
  readonly system: BenchSystem;
  readonly progress: Progress;
  readonly repetitions: number;
  /** A smoke run: small counts, figures without meaning. */
  readonly isQuick: boolean;
  /** A log of events as the decider wrote it, made once and shared by the rows that replay it. */
  readonly recordedLog: () => Promise<RecordedLog>;
};

export type RowOutcome = {
  readonly figures: readonly Figure[];
  /** Sentences that say what bounds the figures. */
  readonly bounds: readonly string[];
  /** Other measurements of the same run, for the JSON file. */
  readonly details: Readonly<Record<string, unknown>>;
};

export type Row = {
  readonly id: string;
  readonly title: string;
  /** How long it takes on two cores, for the person who waits. */
  readonly expectedSeconds: number;
  readonly measure: (context: RowContext) => Promise<RowOutcome>;
};

/** Runs the repetitions one after the other. */
export async function repeat<T>(context: RowContext, name: string, once: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < context.repetitions; index++) {
    context.progress.say(`  ${name}, ${index + 1} of ${context.repetitions}`);
    results.push(await once(index));
  }
  return results;
}
