import { PROVISIONING_SETTINGS, settingVariable, type SettingSpec } from '@flowplane/contracts';
import type { ConfigEntry } from '@flowplane/plumbing/config';

/** What one process reads, or several do by the same name, as `CONNECTION_ENTRIES`. */
export type Entries = Readonly<Record<string, ConfigEntry<unknown>>>;

/** A row of the page; `processes` in the order in which they are named at its head. */
export type Variable = {
  readonly name: string;
  readonly standard: string;
  readonly form: string;
  readonly processes: readonly string[];
  readonly meaning: string;
};

const HEAD = `# Configuration

Every variable that a process of Flowplane reads. This page is made from the code that reads them (the comment before an
entry is its sentence here); a variable that is read and not listed, or listed and not read, fails the tests.

An empty variable counts as absent. A process names all variables that it cannot use at once, and ends with exit code 1. Times
are a number with \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`; 1 and 0 may be written as \`true\`, \`on\`, \`yes\` and \`false\`, \`off\`, \`no\`, in
capitals too. \`npm start\` hands every variable on to the services. What several of them mean together:
[security.md](security.md), [identity.md](identity.md), [operations.md](operations.md), [triggers.md](triggers.md); what the
answer beyond a bound is: [limits.md](limits.md).

Processes: command (command-service), projection (projection-service, and its rebuild), trigger (trigger-service), monitor
(monitor-service), executor, worker, setup (\`worker/dist/setup/main.js\`), gateway (the local one), launcher (\`npm start\` and
\`npm test\`), compact (the first six in one process, \`npm start -- --compact\`, which reads what each of them reads; its own
variables are the ports that they have there instead of \`PORT\` and \`WORKER_HEALTH_PORT\`). \`all\` are the first six.`;

const ALL = ['command', 'projection', 'trigger', 'monitor', 'executor', 'worker'];
const PORT = 'whole number, 1 to 65535';
const OTLP_PROTOCOL = '`http/protobuf`, `http/json`';

type DirectRow = readonly [name: string, standard: string, form: string, meaning: string];
/** Variables that are read without a `ConfigEntry`, by group. */
const READ_DIRECTLY: readonly (readonly [title: string, readers: readonly string[], rows: readonly DirectRow[]])[] = [
  [
    'The local stack',
    ['launcher'],
    [
      ['FLOWPLANE_PORT', '`8080`', PORT, 'The one public port: that of the gateway.'],
      ['FLOWPLANE_KAFKA_PORT', '`9092`', PORT, 'Port of Kafka.'],
      ['FLOWPLANE_POSTGRES_PORT', '`5432`', PORT, 'Port of PostgreSQL.'],
      ['FLOWPLANE_TEMPORAL_PORT', '`7233`', 'whole number, 1 to 32767', 'Port of Temporal.'],
      ['FLOWPLANE_OPENSEARCH_PORT', '`9200`', PORT, 'Port of OpenSearch, where it is asked for.'],
      ['FLOWPLANE_HOME', '`.flowplane`', 'path of a folder', 'Folder of the data.'],
      [
        'FLOWPLANE_CACHE',
        '`.flowplane-cache`',
        'path of a folder',
        'Downloads and builds, shared by all data folders.',
      ],
    ],
  ],
  [
    'Tracing',
    ALL,
    [
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'none', 'URL', 'Where traces are sent; unset: nowhere.'],
      ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'none', 'URL', 'The same, for traces alone.'],
      ['OTEL_EXPORTER_OTLP_PROTOCOL', '`http/protobuf`', OTLP_PROTOCOL, 'Form in which traces are sent.'],
      ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'none', OTLP_PROTOCOL, 'The same, for traces alone.'],
      ['OTEL_TRACES_EXPORTER', '`otlp`', 'texts with a comma between', 'Without `otlp` among them nothing is sent.'],
      ['OTEL_SDK_DISABLED', '`false`', '`true`, `false`', '`true`: nothing is sent.'],
      ['OTEL_SERVICE_NAME', 'name of the process', 'text', 'Name of the service in traces.'],
    ],
  ],
  [
    'Faults for tests',
    ['command'],
    [
      ['FLOWS_FAULT_PARTITION', 'any', 'whole number', 'In which partition.'],
      ['FLOWS_FAULT_FILE', 'none', 'path of a file', 'File that gets a line just before.'],
    ],
  ],
];

/** Groups of the page: a title, and which variables are in it. Those of no group are in that of their processes. */
export type Groups = readonly (readonly [title: string, members: readonly string[]])[];

/**
 * The page of variables, as Markdown that is not formatted yet.
 *
 * @param processes what each process reads, by its short name
 * @param meanings sentences by variable, and by member of the settings of provisioning
 */
export function configurationPage(
  processes: Readonly<Record<string, Entries>>,
  groups: Groups,
  meanings: ReadonlyMap<string, readonly string[]>,
): string {
  const variables = [
    ...variablesOf(processes, meanings),
    ...PROVISIONING_SETTINGS.map(settingRow(processes, meanings)),
  ];
  const titles = new Map(groups.flatMap(([title, members]) => members.map((name) => [name, title] as const)));
  const titleOf = ({ name, processes: [first = '', ...others] }: Variable): string =>
    titles.get(name) ?? (others.length > 0 ? 'Several processes' : `Only ${first}`);
  const direct = READ_DIRECTLY.flatMap(([title, readers, of]) =>
    of.map(([name, standard, form, meaning]) => ({
      title,
      row: { name, standard, form, processes: readers, meaning },
    })),
  );
  const rows = [...variables.map((row) => ({ title: titleOf(row), row })), ...direct];
  const inOrder = [...new Set([...groups.map(([title]) => title), ...rows.map(({ title }) => title)])];
  const sections = inOrder.map((title) => `## ${title}\n\n${table(rows.filter((one) => one.title === title))}`);
  return [HEAD, ...sections].join('\n\n');
}

function variablesOf(
  processes: Readonly<Record<string, Entries>>,
  meanings: ReadonlyMap<string, readonly string[]>,
): readonly Variable[] {
  const settings = new Set(PROVISIONING_SETTINGS.map(settingVariable));
  const readers = Object.entries(processes).flatMap(([process, entries]) =>
    Object.values(entries).map((entry) => ({ process, entry })),
  );
  const names = [...new Set(readers.map(({ entry }) => entry.env))].filter((name) => !settings.has(name));
  return names.map((name) => {
    const of = readers.filter(({ entry }) => entry.env === name);
    return {
      name,
      standard: perProcess(of.map(({ process, entry }) => [process, standardOf(entry)])),
      form: perProcess(of.map(({ process, entry }) => [process, formOf(entry)])),
      processes: [...new Set(of.map(({ process }) => process))],
      meaning: (meanings.get(name) ?? []).join(' '),
    };
  });
}

const readersOf = (processes: Readonly<Record<string, Entries>>, name: string): readonly string[] =>
  Object.keys(processes).filter((one) => Object.values(processes[one] ?? {}).some(({ env }) => env === name));

/** Who reads all settings of provisioning. */
const SETTINGS_READERS = ['command', 'projection'];

const settingRow =
  (processes: Readonly<Record<string, Entries>>, meanings: ReadonlyMap<string, readonly string[]>) =>
  (setting: SettingSpec): Variable => {
    const { member, kind, fallback, min, max } = setting;
    const time = { min, max };
    const forms = {
      flag: '`true` or `false`',
      count: `whole number, ${min} to ${max}`,
      time: `time, ${boundsOf(time, formatMs)}`,
      text: `text, ${max} characters at most`,
    };
    return {
      name: settingVariable(setting),
      standard: fallback === '' ? 'none' : `\`${kind === 'time' ? formatMs(Number(fallback)) : String(fallback)}\``,
      form: forms[kind],
      processes: [...SETTINGS_READERS, ...readersOf(processes, settingVariable(setting))],
      meaning: kind === 'text' ? 'Accepted without effect.' : (meanings.get(member) ?? []).join(' '),
    };
  };

/** One text where all say the same, else each with its processes. */
function perProcess(texts: readonly (readonly [process: string, text: string])[]): string {
  const different = [...new Set(texts.map(([, text]) => text))];
  if (different.length === 1) return different[0] as string;
  const processesOf = (text: string) => texts.filter((one) => one[1] === text).map(([process]) => process);
  return different.map((text) => `${processesOf(text).join(', ')}: ${text}`).join('; ');
}

function standardOf({ fallback, required, isTime }: ConfigEntry<unknown>): string {
  if (fallback === undefined) return required ? '**must be set**' : 'none';
  if (typeof fallback === 'boolean') return fallback ? '`1`' : '`0`';
  if (typeof fallback === 'number') return `\`${isTime === true ? formatMs(fallback) : fallback}\``;
  const text = Array.isArray(fallback) ? fallback.join(',') : typeof fallback === 'string' ? fallback : '';
  return text === '' ? 'none' : `\`${text}\``;
}

function formOf({ form, bounds, isTime }: ConfigEntry<unknown>): string {
  if (bounds === undefined) return form;
  const words = boundsOf(bounds, isTime === true ? formatMs : String);
  return words === '' ? form : `${form}, ${words}`;
}

function boundsOf({ min, max }: { readonly min: number; readonly max: number }, format: (value: number) => string) {
  const hasMin = min > Number.MIN_SAFE_INTEGER && (min > 0 || format !== formatMs);
  const hasMax = max < Number.MAX_SAFE_INTEGER;
  if (hasMin && hasMax) return `${format(min)} to ${format(max)}`;
  return hasMin ? `at least ${format(min)}` : hasMax ? `at most ${format(max)}` : '';
}

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** In the largest unit that has it as a whole number. */
function formatMs(ms: number): string {
  const [unit, size] = UNITS.find((one) => ms > 0 && ms % one[1] === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

function table(rows: readonly { readonly row: Variable }[]): string {
  const lines = rows.map(({ row: { name, standard, form, processes, meaning } }) => {
    const readers = ALL.every((one) => processes.includes(one))
      ? ['all', ...processes.filter((one) => !ALL.includes(one))]
      : processes;
    return `| \`${name}\` | ${standard} | ${form} | ${readers.join(', ')} | ${meaning.replaceAll('|', '\\|')} |`;
  });
  return ['| variable | default | form | read by | meaning |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}
