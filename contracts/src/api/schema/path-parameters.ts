import { Type, type TSchema } from '@sinclair/typebox';
import { SCOPE_ID_PATTERN } from './shapes.js';

/** Every path parameter of the route tables, by name. All are sent percent-encoded; ids may contain `:`. */
export const PATH_PARAMETERS = {
  workspaceId: Type.String({ pattern: SCOPE_ID_PATTERN, format: 'flows-workspace-id' }),
  tenantId: Type.String({ pattern: SCOPE_ID_PATTERN, format: 'flows-tenant-id' }),
  flowId: Type.String({ minLength: 1, maxLength: 300, format: 'flows-flow-id' }),
  version: Type.Integer({ minimum: 1, maximum: 999_999_999 }),
  executionId: Type.String({ minLength: 1, maxLength: 1000, format: 'flows-execution-id' }),
  signalName: Type.String({
    minLength: 1,
    maxLength: 256,
    format: 'flows-signal',
    description: 'Id of an approval node, or `human-approval`.',
  }),
  commandId: Type.String({ minLength: 1, maxLength: 200, format: 'flows-command-id' }),
  triggerId: Type.String({
    minLength: 1,
    maxLength: 400,
    format: 'flows-trigger-id',
    description: 'Of a webhook: `<flow id>:webhook:<path, or default>`.',
  }),
  connectionName: Type.String({
    pattern: '^[a-z][a-z0-9-]{0,62}$',
    format: 'flows-connection-name',
    description: 'Name of a connection of the workspace; `default` is the operator’s.',
  }),
  deliveryId: Type.String({ minLength: 1, maxLength: 300, format: 'flows-delivery-id' }),
  keyId: Type.String({ minLength: 1, format: 'flows-key-id' }),
  templateId: Type.String({
    minLength: 1,
    maxLength: 512,
    format: 'flows-template-id',
    description: 'Id of a template: the `workflow_id` that its create has answered.',
  }),
  fingerprint: Type.String({ pattern: '^[0-9a-f]{16}$', format: 'flows-fingerprint' }),
} as const satisfies Record<string, TSchema>;

/** Names of a path's parameters in the router's notation. */
export type ParameterOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;
