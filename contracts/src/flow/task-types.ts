import type { TaskInputSchema } from './task-schemas.js';
import { taskInputSchemas } from './task-schemas.js';

/** One entry of the task catalogue, as the route `GET …/task-types` lists it. */
export interface TaskType {
  id: string;
  label: string;
  category: string;
  /** JSON Schema (draft-07) of the evaluated input; `x-expression` marks fields an editor offers as expressions. */
  inputSchema: TaskInputSchema;
}

const catalogue: readonly TaskType[] = [
  { id: 'db.query', label: 'Database Query', category: 'data', inputSchema: taskInputSchemas['db.query'] },
  { id: 'storage.put', label: 'Storage Put', category: 'storage', inputSchema: taskInputSchemas['storage.put'] },
  { id: 'storage.get', label: 'Storage Get', category: 'storage', inputSchema: taskInputSchemas['storage.get'] },
  {
    id: 'functions.invoke',
    label: 'Invoke Function',
    category: 'compute',
    inputSchema: taskInputSchemas['functions.invoke'],
  },
  {
    id: 'events.publish',
    label: 'Publish Event',
    category: 'messaging',
    inputSchema: taskInputSchemas['events.publish'],
  },
  { id: 'http.request', label: 'HTTP Request', category: 'integration', inputSchema: taskInputSchemas['http.request'] },
  { id: 'email.send', label: 'Send Email', category: 'messaging', inputSchema: taskInputSchemas['email.send'] },
  { id: 'llm.complete', label: 'LLM Complete', category: 'ai', inputSchema: taskInputSchemas['llm.complete'] },
];

const known = new Set(catalogue.map(({ id }) => id));

/** The eight entries, in the catalogue's order; equal for every tenant. */
export function taskTypes(): readonly TaskType[] {
  return catalogue;
}

/** True when the catalogue has this type. */
export function hasTaskType(id: string): boolean {
  return known.has(id);
}
