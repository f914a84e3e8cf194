import { parseArgs } from 'node:util';

export const ROW_IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q'] as const;
export type RowId = (typeof ROW_IDS)[number];

/** Rows that can be measured where our services are one process: the others stop or watch some of them. */
const COMPACT_ROWS: readonly RowId[] = ['a', 'c', 'g'];

export type BenchOptions = {
  readonly rows: readonly RowId[];
  readonly repetitions: number;
  readonly isQuick: boolean;
  /** Whether our services run as one process. */
  readonly isCompact: boolean;
  /** Data folder of a running stack to measure on; null: a private one. */
  readonly against: string | null;
  /** Folder of the JSON reports. */
  readonly results: string;
  /** Folder for CPU profiles of every service; null: none are written. */
  readonly profiles: string | null;
};

export const USAGE = `npm run bench -- [options]

  --row a,c          only these rows; with --compact: of a, c and g       (default all that can be measured)
  --repetitions N    how often each is measured                           (default 3)
  --quick            a smoke run: small counts, once; its figures mean nothing
  --compact          our services as one process, as \`npm start -- --compact\` runs them
  --against FOLDER   measure on the stack that \`npm start\` runs in this data folder, with services, topics and
                     databases of our own beside it   (default: what KAFKA_BROKERS, FLOWS_DB_URL and TEMPORAL_ADDRESS
                     name; without them a private stack)
  --results FOLDER   where the JSON file goes                             (default bench-results)
  --profile FOLDER   write a CPU profile of every service on the way; costs speed`;

/** A command line that cannot be used; the message says why. */
export class InvalidOptions extends Error {
  override readonly name = 'InvalidOptions';
}

/** @throws InvalidOptions */
export function benchOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const measurable = values.compact ? COMPACT_ROWS : ROW_IDS;
  const rows = values.row === undefined ? measurable : values.row.split(',').map(rowId);
  const unfit = rows.filter((id) => !measurable.includes(id));
  if (unfit.length > 0) {
    throw new InvalidOptions(
      `--compact: of the rows only ${measurable.join(', ')} can be measured, not ${unfit.join(', ')}`,
    );
  }
  const repetitions = Number(values.repetitions ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(repetitions) || repetitions < 1) {
    throw new InvalidOptions(`--repetitions must be a whole number from 1 on, not ${values.repetitions}`);
  }
  return {
    rows: ROW_IDS.filter((id) => rows.includes(id)),
    repetitions,
    isQuick: values.quick,
    isCompact: values.compact,
    against: values.against ?? null,
    results: values.results,
    profiles: values.profile ?? null,
  };
}

function rowId(text: string): RowId {
  const found = ROW_IDS.find((id) => id === text.trim());
  if (found === undefined) throw new InvalidOptions(`--row: there is no row '${text}', only ${ROW_IDS.join(', ')}`);
  return found;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        row: { type: 'string' },
        repetitions: { type: 'string' },
        quick: { type: 'boolean', default: false },
        compact: { type: 'boolean', default: false },
        against: { type: 'string' },
        results: { type: 'string', default: 'bench-results' },
        profile: { type: 'string' },
      },
    }).values;
  } catch (thrown) {
    throw new InvalidOptions(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
  }
}
