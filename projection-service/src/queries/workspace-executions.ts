import {
  isTooLongName,
  labelOfFilter,
  MAX_LABELS,
  MAX_NAME_LENGTH,
  parseTimestampMs,
  TRIGGER_TYPES,
} from '@flowplane/contracts';
import { queryText, queryTexts, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { statusNamed } from './execution-filter.js';
import { invalidQuery } from './paging.js';
import { listRuns, type ExecutionsScope, type Push, type RunFilter } from './run-list.js';

type Condition = (push: Push) => string;
/** What a query parameter narrows the list by. @throws Refusal 400 INVALID_QUERY */
type ReadFilter = (text: string, name: string) => Condition;

const OPEN = ['Pending', 'Running'];
/** Upper and lower case of all alphabets alike, whatever locale the database has: that of C knows those of ASCII only. */
const folded = (text: string): string => `lower(${text} COLLATE "pg_c_utf8")`;
/** What a text is looked for in, each by itself, as far as it goes: a message of a failure may be long. */
const SEARCHED = ['e.execution_id', 'e.failure_code', 'e.failure_node_id', 'left(e.failure_message, 2000)'];
const LABELLED = `e.labels <> '{}' AND EXISTS (SELECT 1 FROM execution_labels l WHERE l.execution_id = e.execution_id`;

/** Filters of flows-api 6.10, by the names of their parameters. */
const FILTERS: Readonly<Record<string, ReadFilter>> = {
  status: (text) => {
    const status = statusNamed(text);
    if (status === undefined) throw invalidQuery('status is no status of a run');
    // Indices know the status of closed runs, and which runs are open.
    return (push) =>
      OPEN.includes(status)
        ? `e.closed_at IS NULL AND e.status = ${push(status)}`
        : `e.closed_status = ${push(status)}`;
  },
  flowId: (text) => (push) => `e.flow_id = ${push(text)}`,
  version: (text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw invalidQuery('version must be a positive integer');
    return (push) => `e.version = ${push(Number(text))}`;
  },
  triggerType: (text) => {
    const type = TRIGGER_TYPES.find((one) => one === text);
    if (type === undefined) throw invalidQuery(`triggerType must be one of ${TRIGGER_TYPES.join(', ')}`);
    return (push) => `e.trigger_type = ${push(type)}`;
  },
  from: (text, name) => byTime(text, name, '>='),
  to: (text, name) => byTime(text, name, '<='),
  failedNode: (text) => (push) => `e.failure_node_id = ${push(text)}`,
  text: (text) => {
    if (text === '' || isTooLongName(text))
      throw invalidQuery(`text must have from 1 to ${MAX_NAME_LENGTH} characters`);
    return (push) => {
      const sought = folded(`${push(text)}::text`);
      const holds = (member: string): string => `strpos(${folded(member)}, ${sought}) > 0`;
      return `(${SEARCHED.map(holds).join(' OR ')} OR (${LABELLED} AND ${holds('l.value')})))`;
    };
  },
};

/** GET /executions: the runs of all flows of the workspace, newest first. */
export async function listWorkspaceExecutions(scope: ExecutionsScope, call: Call): Promise<PartsAnswer> {
  const answer = await listRuns(scope, call, workspaceFilter(call));
  if (answer === undefined) throw new TypeError('the runs of a workspace are always there');
  return answer;
}

/** What the query of a call narrows the list by. @throws Refusal 400 INVALID_QUERY */
export function workspaceFilter(call: Call): RunFilter {
  const conditions = [...filtersOf(call), ...labelsOf(call)];
  return (push) => conditions.map((condition) => condition(push));
}

function filtersOf(call: Call): readonly Condition[] {
  return Object.entries(FILTERS).flatMap(([name, read]) => {
    const text = queryText(call, name);
    return text === undefined ? [] : [read(text, name)];
  });
}

function byTime(text: string, name: string, operator: '>=' | '<='): Condition {
  const time = parseTimestampMs(text);
  if (time === undefined) throw invalidQuery(`${name} is no timestamp`);
  return (push) => `e.created_at ${operator} ${push(new Date(time))}`;
}

/** A run has all of them. */
function labelsOf(call: Call): readonly Condition[] {
  const texts = new Set(queryTexts(call, 'label'));
  if (texts.size > MAX_LABELS) throw invalidQuery(`label may be given ${MAX_LABELS} times`);
  return [...texts].map((text) => {
    const label = labelOfFilter(text);
    if (label === undefined) throw invalidQuery('label must be <name>:<text>, as in label=team:billing');
    return (push) =>
      `e.execution_id IN (SELECT l.execution_id FROM execution_labels l WHERE l.tenant_id = $1 AND l.workspace_id = $2
         AND l.key = ${push(label.key)} AND l.value = ${push(label.value)})`;
  });
}
