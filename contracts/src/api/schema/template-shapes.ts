import { Type } from '@sinclair/typebox';
import { closed, JsonObjectShape, nullable, oneOf, open } from './shapes.js';

/** Shapes of provisioning templates (provisioning 3, 9). */

const Time = Type.Integer({ description: 'Milliseconds since 1970.' });

/** A template as it is sent. Fields that are not listed are refused by name, in the form of the original. */
export const TemplateBody = open(
  {
    name: Type.Optional(Type.String({ description: 'Needed, except with `update_fields` and use cases.' })),
    description: Type.Optional(Type.String()),
    use_case: Type.Optional(Type.String()),
    version: Type.Optional(JsonObjectShape),
    workflows: Type.Optional(JsonObjectShape),
    ui_metadata: Type.Optional(JsonObjectShape),
  },
  { $id: 'ProvisioningTemplateBody' },
);

/** A template as it is shown: without credentials, null and empty parts. */
export const TemplateShape = closed(
  {
    name: Type.String(),
    description: Type.Optional(Type.String()),
    use_case: Type.Optional(Type.String()),
    version: Type.Optional(JsonObjectShape),
    workflows: Type.Optional(JsonObjectShape),
    ui_metadata: Type.Optional(JsonObjectShape),
    user: Type.Optional(JsonObjectShape),
    created_time: Type.Optional(Time),
    last_updated_time: Type.Optional(Time),
    last_provisioned_time: Type.Optional(Time),
    tenant_id: Type.Optional(Type.String()),
    all_shared_principals: Type.Optional(Type.Array(Type.String())),
  },
  { $id: 'ProvisioningTemplate' },
);

const WorkflowId = Type.String({ minLength: 1 });
export const WorkflowIdShape = closed({ workflow_id: WorkflowId }, { $id: 'WorkflowId' });

const State = oneOf(['NOT_STARTED', 'PROVISIONING', 'COMPLETED', 'FAILED', 'UNKNOWN'], { $id: 'TemplateState' });
const Progress = oneOf(['NOT_STARTED', 'IN_PROGRESS', 'DONE', 'FAILED'], { $id: 'ProvisioningProgress' });

const Resource = closed(
  {
    workflow_step_name: Type.String(),
    workflow_step_id: Type.String(),
    resource_type: Type.String(),
    resource_id: Type.String(),
  },
  { $id: 'TemplateResource' },
);
const Resources = Type.Array(Resource);

/** 202: the run goes on, or the command is not decided, or, after a wait, how far the run has come. */
export const AcceptedTemplate = closed(
  {
    workflow_id: WorkflowId,
    state: Type.Optional(State),
    resources_created: Type.Optional(Resources),
    error: Type.Optional(Type.String()),
    commandId: Type.Optional(Type.String({ description: 'Of a command that is not decided yet.' })),
    status: Type.Optional(Type.Literal('pending')),
  },
  { $id: 'AcceptedTemplate' },
);

/** 202 of a deprovisioning: also where some resources could not be removed. */
export const AcceptedDeprovisioning = closed(
  {
    workflow_id: Type.Optional(WorkflowId),
    error: Type.Optional(Type.String()),
    commandId: Type.Optional(Type.String()),
    status: Type.Optional(Type.Literal('pending')),
  },
  { $id: 'AcceptedDeprovisioning' },
);

const UnsureResource = closed(
  {
    workflow_step_name: Type.String(),
    workflow_step_id: Type.String(),
    resource_type: Type.String(),
    resource_id: nullable(Type.String()),
    found: oneOf(['found', 'not-found', 'unknown'], { $id: 'UnsureResourceFound' }),
  },
  { $id: 'UnsureTemplateResource' },
);

export const TemplateStateShape = closed(
  {
    workflow_id: WorkflowId,
    state: State,
    provisioning_progress: Type.Optional(Progress),
    provision_start_time: Type.Optional(Time),
    provision_end_time: Type.Optional(Time),
    error: Type.Optional(Type.String()),
    user: Type.Optional(JsonObjectShape),
    user_outputs: Type.Optional(JsonObjectShape),
    resources_created: Type.Optional(Resources),
    unsure_resources: Type.Optional(
      Type.Array(UnsureResource, { description: 'Creates whose end nobody saw; with `all=true`.' }),
    ),
    tenant_id: Type.Optional(Type.String()),
    all_shared_principals: Type.Optional(Type.Array(Type.String())),
  },
  { $id: 'TemplateStateDocument' },
);

const Shards = closed(
  { total: Type.Integer(), successful: Type.Integer(), failed: Type.Integer() },
  { $id: 'TemplateDeleteShards' },
);
export const DeletedTemplate = closed(
  {
    _index: Type.String(),
    _id: Type.String(),
    _version: Type.Integer(),
    result: oneOf(['deleted', 'not_found'], { $id: 'TemplateDeleteResult' }),
    _shards: Shards,
    _seq_no: Type.Integer(),
    _primary_term: Type.Integer(),
  },
  { $id: 'DeletedTemplate' },
);

const PlannedStep = closed(
  {
    node_id: Type.String(),
    type: Type.String(),
    action: oneOf(['create', 'update', 'delete', 'keep', 'skip'], { $id: 'PlannedAction' }),
    resource: nullable(
      closed({ resource_type: Type.String(), resource_id: Type.String() }, { $id: 'PlannedResource' }),
    ),
  },
  { $id: 'PlannedStep' },
);
export const TemplatePlan = closed({ steps: Type.Array(PlannedStep) }, { $id: 'TemplatePlan' });

const DriftedResource = closed(
  {
    ...Resource.properties,
    state: oneOf(['present', 'missing', 'changed', 'unknown'], { $id: 'DriftState' }),
  },
  { $id: 'DriftedResource' },
);
export const TemplateDrift = closed({ resources: Type.Array(DriftedResource) }, { $id: 'TemplateDrift' });

const Cause = closed({ type: Type.String(), reason: Type.String() }, { $id: 'TemplateErrorCause' });
const CausedError = closed(
  { root_cause: Type.Array(Cause), type: Type.String(), reason: Type.String() },
  { $id: 'TemplateCausedError' },
);
/** A refusal on a route of templates: the text, or for what the engine itself words, the engine's form (provisioning 1.3). */
export const TemplateRefusalShape = Type.Union([
  closed({ error: Type.String() }, { $id: 'TemplateError' }),
  closed({ error: CausedError, status: Type.Integer() }, { $id: 'TemplateEngineError' }),
]);
