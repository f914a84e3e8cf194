import { Type } from '@sinclair/typebox';
import { LABEL_KEY_PATTERN, MAX_LABEL_TEXT, MAX_LABELS } from '../../flow/labels.js';
import { closed, Id, nullable, pageOf, RunStatus, Timestamp, TriggerType } from './shapes.js';

/** What runs are found by (flows-api 6.1). */
export const Labels = Type.Unsafe<Readonly<Record<string, string>>>({
  $id: 'Labels',
  type: 'object',
  additionalProperties: { type: 'string', maxLength: MAX_LABEL_TEXT },
  propertyNames: { pattern: LABEL_KEY_PATTERN },
  maxProperties: MAX_LABELS,
});

export const REF_MEMBERS = { executionId: Id, workflowId: Id };

export const RUN_MEMBERS = {
  ...REF_MEMBERS,
  runId: Id,
  flowId: Id,
  status: RunStatus,
  version: Type.String({ pattern: '^[1-9][0-9]*$' }),
  triggerType: TriggerType,
  createdAt: Timestamp,
  startedAt: nullable(Timestamp),
  closedAt: nullable(Timestamp),
  /** Not in what an earlier release answers. */
  labels: Type.Optional(Labels),
};
export const ExecutionPage = pageOf(closed(RUN_MEMBERS, { $id: 'ExecutionItem' }));
