import { Type } from '@sinclair/typebox';
import { LABEL_KEY_PATTERN, MAX_LABELS } from '../../flow/labels.js';
import { ExecutionPage } from './execution-shapes.js';
import type { RouteSchema } from './route-schema.js';
import { PAGE, RunStatus, TriggerType } from './shapes.js';

/** Runs over all flows of a workspace (flows-api 6.10). */
export const WORKSPACE_RUN_ROUTE_SCHEMAS = {
  listWorkspaceExecutions: {
    summary: 'The runs of all flows of the workspace, newest first',
    description:
      'Filters are joined by and; `label` may be given several times. Runs of sub-flows are not listed, those of deleted flows are until their retention ends.',
    query: Type.Object({
      status: Type.Optional(Type.Union([RunStatus, Type.Literal('Cancelled')])),
      flowId: Type.Optional(Type.String({ format: 'flows-flow-id' })),
      version: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999 })),
      triggerType: Type.Optional(TriggerType),
      from: Type.Optional(Type.String({ format: 'date-time', description: 'Asked for then or later (`createdAt`).' })),
      to: Type.Optional(Type.String({ format: 'date-time', description: 'Asked for then or before (`createdAt`).' })),
      failedNode: Type.Optional(Type.String({ description: 'Id of the node at which the run failed.' })),
      text: Type.Optional(
        Type.String({
          ...{ minLength: 1, maxLength: 256 },
          description: 'Part of the run’s id, of its failure or of a label, in upper or lower case.',
        }),
      ),
      label: Type.Optional(
        Type.Array(Type.String({ pattern: `${LABEL_KEY_PATTERN.slice(0, -1)}:`, description: '`<name>:<text>`.' }), {
          maxItems: MAX_LABELS,
        }),
      ),
      ...PAGE,
    }),
    answers: { 200: { description: 'A page of runs.', body: ExecutionPage } },
    refusals: ['INVALID_QUERY'],
  },
} as const satisfies Record<string, RouteSchema>;
