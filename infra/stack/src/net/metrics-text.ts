/** One sample of a scrape (text format 0.0.4). */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Scrape = {
  readonly contentType: string;
  /** Kind of each metric by its name, as `# TYPE` says. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** Sum of the samples of a name that have these labels. */
  readonly total: (name: string, labels?: Readonly<Record<string, string>>) => number;
};

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** @param url of a service. @throws when a line is none of the format */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`${url}/metrics answers ${response.status}`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  const kinds = new Map(
    lines.flatMap((line) => {
      const [, name, kind] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      return name === undefined || kind === undefined ? [] : [[name, kind] as const];
    }),
  );
  const samples = lines.filter((line) => !line.startsWith('#')).map(sampleOf);
  return {
    contentType: response.headers.get('content-type') ?? '',
    kinds,
    samples,
    total: (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name && hasAll(sample.labels, labels))
        .reduce((sum, { value }) => sum + value, 0),
  };
}

function sampleOf(line: string): Sample {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text] as const);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}

const hasAll = (labels: Sample['labels'], wanted: Sample['labels']): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);
