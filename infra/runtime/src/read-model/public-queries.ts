import * as commands from './commands.js';
import * as connections from './connections.js';
import * as eventTriggers from './event-triggers.js';
import * as flows from './flows.js';
import * as frames from './frames.js';
import * as llmModels from './llm-models.js';
import * as progress from './progress.js';
import type { PublicQuery } from './public-query.js';
import * as runs from './runs.js';
import * as teardown from './teardown.js';
import * as templates from './templates.js';
import * as templateRuns from './template-runs.js';
import * as tenantQuotas from './tenant-quotas.js';
import * as webhooks from './webhooks.js';

const FILES: readonly Readonly<Record<string, unknown>>[] = [
  ...[commands, connections, eventTriggers, flows, frames, llmModels],
  ...[progress, runs, teardown, templateRuns, templates],
  ...[tenantQuotas, webhooks],
];

/** Every statement of this folder, so that the owner of the tables can try each against what it has. */
export const PUBLIC_QUERIES: readonly PublicQuery[] = FILES.flatMap((file) =>
  Object.values(file).filter(isPublicQuery),
);

function isPublicQuery(value: unknown): value is PublicQuery {
  return typeof value === 'object' && value !== null && 'text' in value && 'columns' in value;
}
