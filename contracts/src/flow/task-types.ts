import type { TaskInputSchema } from './task-schemas.js';
import { TASK_INPUT_SCHEMAS } from './task-schemas.js';

/** One entry of the task catalogue, as the route `GET …/task-types` lists it. */
export type TaskType = {
  readonly id: string;
  readonly label: string;
  readonly category: string;
  /** JSON Schema (draft-07) of the evaluated input; `x-expression` marks fields an editor offers as expressions. */
  readonly inputSchema: TaskInputSchema;
};

const CATALOGUE: readonly TaskType[] = [
  { id: 'db.query', label: 'Database Query', category: 'data', inputSchema: TASK_INPUT_SCHEMAS['db.query'] },
  { id: 'storage.put', label: 'Storage Put', category: 'storage', inputSchema: TASK_INPUT_SCHEMAS['storage.put'] },
  { id: 'storage.get', label: 'Storage Get', category: 'storage', inputSchema: TASK_INPUT_SCHEMAS['storage.get'] },
  {
    id: 'functions.invoke',
    label: 'Invoke Function',
    category: 'compute',
    inputSchema: TASK_INPUT_SCHEMAS['functions.invoke'],
  },
  {
    id: 'events.publish',
    label: 'Publish Event',
    category: 'messaging',
    inputSchema: TASK_INPUT_SCHEMAS['events.publish'],
  },
  {
    id: 'http.request',
    label: 'HTTP Request',
    category: 'integration',
    inputSchema: TASK_INPUT_SCHEMAS['http.request'],
  },
  { id: 'email.send', label: 'Send Email', category: 'messaging', inputSchema: TASK_INPUT_SCHEMAS['email.send'] },
  { id: 'llm.complete', label: 'LLM Complete', category: 'ai', inputSchema: TASK_INPUT_SCHEMAS['llm.complete'] },
];

const KNOWN = new Set(CATALOGUE.map(({ id }) => id));

/** The eight entries, in the catalogue's order; equal for every tenant. */
export function taskTypes(): readonly TaskType[] {
  return CATALOGUE;
}

/** True when the catalogue has this type. */
export function hasTaskType(id: string): boolean {
  return KNOWN.has(id);
}
