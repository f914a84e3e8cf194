import type { TaskType } from '@flowplane/contracts';
import { stringify } from 'yaml';

type TaskTypeError = TaskType['errors'][number];
type Schema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly contentEncoding?: string;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly [bound: string]: unknown;
};

const HEAD = `# Task types

What the tasks of a flow can do: input, output and failures of each type, with an example. This page is made from the schemas
that inputs are checked against (\`contracts/src/flow/tasks\`); the normative text is [tasks.md](spec/tasks.md), how to add a type
is in [adding-a-task-type.md](adding-a-task-type.md). An example of each type is published and run in the tests
(\`infra/e2e/task-types.e2e.spec.ts\`).

Every text of an input may hold expressions (\`\${{ … }}\`), but for \`connection\`, which is the name of a connection of the
workspace, as it is written; without it the server that the operator has configured for all is used. \`workspaceId\` may be given
everywhere, and must be that of the run. Whether a type can run in a workspace is said by
\`GET …/task-types\` (\`available\`), and by a warning of validate, publish and start.

A failure that is tried again is tried as the \`retryPolicy\` of the node says; any other one ends the task at once. Besides its
own failures every type has these:

${'table of common failures'}
`;

const COMMON: readonly TaskTypeError[] = [
  { code: 'PAYLOAD_TOO_LARGE', retryable: false, when: 'input or output has more than 2 MiB' },
  {
    code: 'VALIDATION_ERROR',
    retryable: false,
    when: 'the input does not fit the schema; the message names the place',
  },
  { code: 'FORBIDDEN', retryable: false, when: '`workspaceId` is not that of the run' },
  { code: 'UNAUTHENTICATED', retryable: false, when: 'the run has no tenant' },
  {
    code: 'EXECUTION_TOKEN_INVALID',
    retryable: false,
    when: 'the signature of the run or the token of the attempt is wrong',
  },
  { code: 'EXECUTION_TOKEN_TENANT_MISMATCH', retryable: false, when: 'the token is of another tenant or workspace' },
  { code: 'EXECUTION_TOKEN_EXPIRED', retryable: false, when: 'the token has expired' },
  { code: 'TIMEOUT', retryable: true, when: 'the attempt takes longer than its `startToClose`' },
  { code: 'INTERNAL_ERROR', retryable: true, when: 'something happened that fits nothing else' },
];

/** The page of task types, as Markdown that is not formatted yet. */
export function taskTypesPage(types: readonly TaskType[]): string {
  return [HEAD.replace('table of common failures', errorTable(COMMON)), ...types.map(section)].join('\n\n');
}

function section(type: TaskType): string {
  const kinds = type.connections.map((kind) => `\`${kind}\``).join(' or ');
  return [
    `## ${type.id}`,
    `${type.description}`,
    kinds === '' ? '' : `Connection of kind ${kinds}. ${type.repeat}`,
    kinds === '' ? type.repeat : '',
    '**Input**',
    memberTable(type.inputSchema as Schema),
    ...(type.takesOtherMembers === true ? ['Further members are allowed.'] : []),
    '**Output**',
    memberTable(type.outputSchema as Schema),
    '**Failures**',
    errorTable(type.errors),
    ...type.examples.map(example(type)),
  ].join('\n\n');
}

const example =
  ({ id }: TaskType) =>
  ({ title, input }: TaskType['examples'][number]): string => {
    const node = { id: id.replace('.', '_'), type: 'task', taskType: id, input };
    return `${title}:\n\n\`\`\`yaml\n${stringify([node], { lineWidth: 100 }).trimEnd()}\n\`\`\``;
  };

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function errorTable(errors: readonly TaskTypeError[]): string {
  const rows = errors.map(
    ({ code: name, retryable, when }) => `| ${code(name)} | ${retryable ? 'yes' : 'no'} | ${cell(when)} |`,
  );
  return ['| code | tried again | when |', '| --- | --- | --- |', ...rows].join('\n');
}

function memberTable(schema: Schema): string {
  return ['| member | what | bounds |', '| --- | --- | --- |', ...rowsOf(schema, '')].join('\n');
}

/** A row for each member; those of objects and lists follow theirs, with a path. */
function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): readonly string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const isRequired = required.includes(name) ? ', required' : '';
    const row = `| ${code(`${prefix}${name}`)} | ${cell(kindOf(schema))}${isRequired} | ${cell(boundsOf(schema))} |`;
    const within = schema.items === undefined ? schema : schema.items;
    const path = schema.items === undefined ? `${prefix}${name}.` : `${prefix}${name}[].`;
    return [row, ...rowsOf(within, path)];
  });
}

function kindOf({ type, const: only, items, ...schema }: Schema): string {
  if (only !== undefined) return code(only);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  const names = [type ?? 'anything'].flat().map((name) => KINDS[name] ?? name);
  if (type === 'array' && items !== undefined) return `list of ${plural(kindOf(items))}`;
  return schema.contentEncoding === undefined ? names.join(' or ') : `${names.join(' or ')}, ${schema.contentEncoding}`;
}

const KINDS: Readonly<Record<string, string>> = { string: 'text', array: 'list', integer: 'whole number' };
const plural = (kind: string): string => (/^(text|object|whole number|number)$/.test(kind) ? `${kind}s` : kind);

const BOUNDS: Readonly<Record<string, string>> = {
  minimum: 'at least',
  maximum: 'at most',
  minLength: 'characters at least',
  maxLength: 'characters at most',
  minItems: 'items at least',
  maxItems: 'items at most',
};

function boundsOf(schema: Schema): string {
  const bounds = Object.entries(BOUNDS).flatMap(([keyword, words]) =>
    typeof schema[keyword] === 'number' ? [`${words} ${schema[keyword]}`] : [],
  );
  const pattern = schema.pattern === undefined ? [] : [code(schema.pattern)];
  const standard = schema.default === undefined ? [] : [`default ${code(schema.default)}`];
  return [...bounds, ...pattern, ...standard].join(', ');
}
