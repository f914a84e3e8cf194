-- One row a run. input: JSON text as submitted (defaults are applied by readers). result and nodes: stored values,
-- inline JSON text or the content hash of it. failure_node_id: the failing node.
CREATE TABLE executions (
  execution_id     text        NOT NULL PRIMARY KEY,
  tenant_id        text        NOT NULL,
  workspace_id     text        NOT NULL,
  flow_id          text        NOT NULL,
  generation       bigint,
  version          int         NOT NULL,
  status           text        NOT NULL,
  trigger_type     text        NOT NULL,
  input            text        NOT NULL,
  retried_from     text,
  cancel_requested boolean     NOT NULL DEFAULT false,
  created_at       timestamptz NOT NULL,
  created_offset   bigint      NOT NULL,
  started_at       timestamptz,
  closed_at        timestamptz,
  result_json      text,
  result_ref       text,
  failure_code     text,
  failure_message  text,
  failure_node_id  text,
  nodes_json       text,
  nodes_ref        text
);
CREATE INDEX executions_newest ON executions (tenant_id, workspace_id, flow_id, created_at DESC, created_offset DESC);
CREATE INDEX executions_by_start ON executions (tenant_id, workspace_id, created_at);
CREATE INDEX executions_open ON executions (tenant_id, workspace_id, status) WHERE closed_at IS NULL;
CREATE INDEX executions_closed ON executions (closed_at) WHERE closed_at IS NOT NULL;

ALTER TABLE executions ENABLE ROW LEVEL SECURITY;
CREATE POLICY executions_of_scope ON executions TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON executions TO flows_app, flows_service, flows_anon;
