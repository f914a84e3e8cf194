import { Type } from '@sinclair/typebox';
import { FlowDefinitionShape } from './flow-definition.js';
import type { RouteSchema } from './route-schema.js';
import {
  AnyJson,
  closed,
  ETAG,
  ExpectedVersion,
  Id,
  IF_MATCH,
  JsonObjectShape,
  listOf,
  nullable,
  oneOf,
  open,
  PAGE,
  Removed,
  Timestamp,
  WARNINGS,
} from './shapes.js';

const FlowResource = closed(
  {
    flowId: Id,
    name: Type.String({ minLength: 1 }),
    status: oneOf(['draft', 'archived'], { $id: 'FlowStatus' }),
    dslApiVersion: Type.String(),
    definitionYaml: nullable(Type.String({ description: 'The YAML as it was sent, where the draft came as YAML.' })),
    definition: JsonObjectShape,
    latestVersion: nullable(Type.Integer({ minimum: 1, description: 'Null while nothing is published.' })),
    revision: Type.Integer({ minimum: 1 }),
    createdBy: Type.String(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { $id: 'Flow' },
);

const EmptyDefinition = closed({}, { $id: 'EmptyDefinition' });

const Draft = Type.Union([EmptyDefinition, FlowDefinitionShape], {
  description: 'A flow definition; empty for a draft to be filled later.',
});

const DEFINITION_MEMBERS = {
  definition: Type.Optional(nullable(Draft)),
  definitionYaml: Type.Optional(
    Type.Unknown({
      format: 'flows-yaml',
      description:
        'The definition as YAML text, kept as it is; ignored where `definition` is an object. Also `definition_yaml`.',
    }),
  ),
};

/** Read by create and patch, in either spelling. */
const OTHER_SPELLINGS = ['definition_json', 'definitionJson', 'definition_yaml'];

const IDS = '`flow_id`, `definition_json`, `definitionJson` and `dsl_api_version` are other spellings.';

const AS_YAML =
  'Sent as `application/yaml`, the body is the definition itself as YAML text, and its `name` is the name of the flow.';

const Published = closed(
  {
    flowId: Id,
    version: Type.Integer({ minimum: 1 }),
    createdAt: Timestamp,
    triggers: closed(
      {
        cron: Type.Array(Id),
        webhooks: Type.Array(
          closed({ triggerId: Id, secret: nullable(Type.String()) }, { $id: 'PublishedWebhookTrigger' }),
        ),
        events: Type.Array(closed({ triggerId: Id, topicRef: Type.String() }, { $id: 'PublishedEventTrigger' })),
      },
      { $id: 'PublishedTriggers' },
    ),
    ...WARNINGS,
  },
  { $id: 'PublishedVersion' },
);

const VERSION_MEMBERS = {
  flowId: Id,
  version: Type.Integer({ minimum: 1 }),
  dslApiVersion: Type.String(),
  createdBy: Type.String(),
  createdAt: Timestamp,
  archivedAt: Type.Optional(Timestamp),
};

const ValidFlow = closed({ valid: Type.Literal(true), ...WARNINGS }, { $id: 'ValidFlow' });

/** Flows and their versions (flows-api 5). */
export const FLOW_ROUTE_SCHEMAS = {
  listFlows: {
    summary: 'The flows of the workspace, oldest first',
    description: 'Everything at once, or pages where `page[size]` or `page[after]` is given.',
    query: Type.Object(PAGE),
    answers: {
      200: {
        description: 'Flows; `pageInfo` where pages were asked for.',
        body: closed(
          {
            items: Type.Array(FlowResource),
            pageInfo: Type.Optional(
              closed({ size: Type.Integer(), nextCursor: nullable(Type.String()) }, { $id: 'PageInfo' }),
            ),
          },
          { $id: 'FlowList' },
        ),
      },
    },
    refusals: ['INVALID_QUERY'],
  },
  createFlow: {
    summary: 'Creates a flow',
    description: `${IDS} ${AS_YAML}`,
    body: open(
      {
        name: Type.String({ minLength: 1, pattern: '\\S' }),
        flowId: Type.Optional(
          nullable(
            Type.String({
              pattern: '^(?!.*-workflow-)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
              description: 'Unique in the workspace; a UUID where none is given.',
            }),
          ),
        ),
        ...DEFINITION_MEMBERS,
      },
      { $id: 'CreateFlowBody' },
    ),
    otherMembers: [...OTHER_SPELLINGS, 'flow_id', 'dsl_api_version', 'dslApiVersion'],
    answers: { 201: { description: 'The flow.', body: FlowResource, headers: ETAG } },
    refusals: [
      'NAME_REQUIRED',
      'INVALID_FLOW_ID',
      'QUOTA_EXCEEDED',
      'INVALID_YAML',
      'DEFINITION_TOO_LARGE',
      'FLOW_DEFINITION_INVALID',
      'FLOW_EXISTS',
    ],
  },
  getFlow: {
    summary: 'A flow with its draft',
    description: '`latestVersion` is a number once something is published. `ETag` is the revision, for `If-Match`.',
    answers: { 200: { description: 'The flow.', body: FlowResource, headers: ETAG } },
    refusals: ['FLOW_NOT_FOUND'],
  },
  updateFlow: {
    summary: 'Changes name or draft of a flow',
    description:
      'An empty definition leaves the draft as it is; without any member only `updatedAt` changes. ' + AS_YAML,
    headers: Type.Object(IF_MATCH),
    body: open(
      {
        name: Type.Optional(nullable(Type.String({ minLength: 1, pattern: '\\S' }))),
        expectedVersion: Type.Optional(nullable(ExpectedVersion)),
        ...DEFINITION_MEMBERS,
      },
      { $id: 'UpdateFlowBody' },
    ),
    otherMembers: OTHER_SPELLINGS,
    bodyRequired: false,
    answers: { 200: { description: 'The flow as it is now.', body: FlowResource, headers: ETAG } },
    refusals: [
      'NAME_REQUIRED',
      'INVALID_YAML',
      'DEFINITION_TOO_LARGE',
      'FLOW_DEFINITION_INVALID',
      'FLOW_NOT_FOUND',
      'INVALID_REVISION',
      'REVISION_CONFLICT',
    ],
  },
  deleteFlow: {
    summary: 'Removes a flow that has no open runs',
    description:
      'Refused while one of its runs is pending or running. Schedule, webhook secrets and event registrations go first; past runs stay readable until their retention ends.',
    headers: Type.Object(IF_MATCH),
    query: Type.Object({ expectedVersion: Type.Optional(ExpectedVersion) }),
    otherMembers: ['expectedVersion'],
    answers: { 200: { description: 'It is removed.', body: Removed } },
    refusals: ['FLOW_NOT_FOUND', 'FLOW_HAS_ACTIVE_EXECUTIONS', 'INVALID_REVISION', 'REVISION_CONFLICT'],
  },
  validateFlow: {
    summary: 'Checks the stored draft as publishing would',
    description:
      'A body is ignored. Faults of the shape are 400, faults of the meaning 422, each with `errors`; `warnings` keep nobody from publishing.',
    answers: {
      200: {
        description: 'It could be published.',
        body: ValidFlow,
      },
    },
    refusals: ['FLOW_NOT_FOUND', 'FLOW_DEFINITION_INVALID', 'DEFINITION_TOO_LARGE', 'FLOW_VALIDATION_FAILED'],
  },
  validateDocument: {
    summary: 'Checks a definition that is sent, as publishing would',
    description:
      'Nothing is stored. `definition_yaml` is read as YAML text where there is no `definition`. Faults of the shape are 400, faults of the meaning 422, each with `errors`; `warnings` keep nobody from publishing. ' +
      'Sent as `application/yaml`, the body is the definition itself as YAML text.',
    // One of them must be there, and a schema that says so makes no good type: YAML text is a spelling of the definition.
    body: open({ definition: FlowDefinitionShape }, { $id: 'ValidateDocumentBody' }),
    otherMembers: [...OTHER_SPELLINGS, 'definitionYaml'],
    answers: { 200: { description: 'It could be published.', body: ValidFlow } },
    refusals: [
      'INVALID_YAML',
      'FLOW_DEFINITION_INVALID',
      'DEFINITION_TOO_LARGE',
      'FLOW_VALIDATION_FAILED',
      'OVERLOADED',
    ],
  },
  publishFlow: {
    summary: 'Publishes the draft as the next version',
    description:
      'The version is the highest one + 1 and never changes. Its triggers take the place of those of the version before in one step. A webhook’s secret is shown only where it is made.',
    headers: Type.Object(IF_MATCH),
    body: open({ expectedVersion: Type.Optional(nullable(ExpectedVersion)) }, { $id: 'PublishFlowBody' }),
    bodyRequired: false,
    answers: { 201: { description: 'The version and its triggers.', body: Published } },
    refusals: [
      'FLOW_NOT_FOUND',
      'FLOW_DEFINITION_INVALID',
      'DEFINITION_TOO_LARGE',
      'FLOW_VALIDATION_FAILED',
      'QUOTA_EXCEEDED',
      'INVALID_REVISION',
      'REVISION_CONFLICT',
      'TRIGGER_REGISTRATION_FAILED',
    ],
  },
  listVersions: {
    summary: 'The published versions of a flow, oldest first',
    description: 'Everything at once, without the definitions.',
    answers: { 200: { description: 'Versions.', body: listOf(closed(VERSION_MEMBERS, { $id: 'VersionItem' })) } },
    refusals: ['FLOW_NOT_FOUND'],
  },
  getVersion: {
    summary: 'A published version with its definition',
    description: 'A version that is no positive integer, or of an unknown flow, is 404 as well.',
    answers: {
      200: {
        description: 'The version.',
        body: closed(
          { ...VERSION_MEMBERS, definitionYaml: nullable(Type.String()), definition: JsonObjectShape },
          { $id: 'Version' },
        ),
      },
    },
    refusals: ['VERSION_NOT_FOUND'],
  },
  archiveVersion: {
    summary: 'Removes a published version',
    description:
      'It starts no more runs, makes room for another version, and can still be read. Runs of it go on and may be ' +
      'retried. The latest version, and one that a sub-flow node of a published version refers to, stay.',
    answers: { 200: { description: 'It is removed.', body: Removed } },
    refusals: ['VERSION_NOT_FOUND', 'VERSION_IN_USE', 'UPGRADE_UNDER_WAY'],
  },
  listTaskTypes: {
    summary: 'The catalogue of task types',
    description:
      'The same types for every tenant; whether one is `available` depends on the workspace. `inputSchema` is the JSON Schema ' +
      'of a task’s input once its expressions are evaluated, `outputSchema` that of what becomes `state[nodeId]`. ' +
      '`examples` hold inputs as an author writes them.',
    answers: {
      200: {
        description: 'Task types.',
        body: listOf(
          closed(
            {
              ...{ id: Id, label: Type.String(), category: Type.String(), description: Type.String() },
              ...{ inputSchema: AnyJson, outputSchema: AnyJson },
              examples: Type.Array(closed({ title: Type.String(), input: JsonObjectShape })),
              available: Type.Boolean({
                description: 'Whether tasks of this type can succeed in the workspace, as far as is known.',
              }),
              unavailableReason: Type.Optional(Type.String({ description: 'Only where `available` is false.' })),
            },
            { $id: 'TaskType' },
          ),
        ),
      },
    },
    refusals: [],
  },
} as const satisfies Record<string, RouteSchema>;
