/**
 * What others than projection-service may read of the read database (docs/read-models.md): a change of it is a change for
 * them. projection-service tests that its tables have these columns, and that the queries of this folder use no others.
 */

/** Schema of the read models in use. */
export const LIVE_SCHEMA = 'flows';
/** Schema a rebuild is made in, beside the live one. Nobody but a rebuild reads it. */
export const REBUILD_SCHEMA = 'flows_rebuild';
/** Channel on which progress of the live read models is announced. */
export const PROGRESS_CHANNEL = 'flows_progress';
/** Channel on which a change of `event_triggers` is announced. */
export const EVENT_TRIGGERS_CHANNEL = 'flows_event_triggers';

/** Tables and their columns with their types. Every table that has `tenant_id` may also be counted by tenant. */
export const PUBLIC_TABLES = {
  projection_progress: 'projection text, partition int4, next_offset int8, epoch int8, owner text, command_offset int8',
  flows: `tenant_id text, workspace_id text, flow_id text, generation int8, birth int8, revision int8,
    dsl_api_version text, definition text, definition_yaml text, latest_version int4, deleted_at timestamptz`,
  flow_versions: `tenant_id text, workspace_id text, flow_id text, generation int8, version int4, definition text,
    triggers text`,
  executions: `tenant_id text, workspace_id text, execution_id text, flow_id text, generation int8, version int4,
    status text, input text, labels text, created_at timestamptz, created_offset int8, closed_at timestamptz, nodes_json text,
    nodes_ref text`,
  commands: `tenant_id text, command_id text, status text, decided_at timestamptz, partition int4, position_offset int8,
    http_status int4, result text, error text, secret_ids _text`,
  webhook_triggers: `tenant_id text, workspace_id text, trigger_id text, flow_id text, filter text, dedupe_key text,
    secret_id text, key_id text, ciphertext text, previous_secret_id text, previous_key_id text,
    previous_ciphertext text, previous_valid_until timestamptz`,
  webhook_deliveries: `tenant_id text, workspace_id text, trigger_id text, delivery_id text, redelivery int4,
    outcome text, received_at timestamptz, bytes int8, execution_id text`,
  event_triggers: `tenant_id text, workspace_id text, flow_id text, trigger_id text, version int4, event_type text,
    topic text, topic_id text, since int8, start_offsets text, filter text, dedupe_key text`,
  frames: 'execution_id text, log_offset int8, type text, data text',
  nodes: 'execution_id text, node_id text, iteration int4, rank int8',
  tenant_quotas: 'tenant_id text, quotas text',
  llm_models: 'tenant_id text, workspace_id text, models text',
  templates: `tenant_id text, template_id text, document text, revision int8, owner text, state text, progress text,
    error text, error_status int4, resources text, completed text, provisioning text, deprovisioning text,
    log_offset int8`,
  connections: `tenant_id text, workspace_id text, name text, kind text, endpoint text, secret_id text, superseded text,
    log_offset int8`,
  tenant_fences: 'tenant_id text, fence_id text, drain text',
} as const;

/** Functions, as they are called. */
export const PUBLIC_FUNCTIONS = ['command_secrets(text,text)', 'tenant_flow_count()'] as const;
