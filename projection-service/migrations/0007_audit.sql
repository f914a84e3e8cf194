-- The audit view: accepted changes and refused ones (flows-api 13). denied_count is set on the one row that stands for
-- the refusals of a minute beyond those shown one by one.
CREATE TABLE audit (
  event_id       text        NOT NULL PRIMARY KEY,
  tenant_id      text        NOT NULL,
  workspace_id   text        NOT NULL,
  event_type     text        NOT NULL,
  outcome        text        NOT NULL,
  actor_id       text        NOT NULL,
  flow_id        text,
  flow_version   text,
  execution_id   text,
  trigger_type   text,
  correlation_id text        NOT NULL,
  occurred_at    timestamptz NOT NULL,
  log_offset     bigint      NOT NULL,
  command_type   text,
  reason_status  int,
  reason_code    text,
  denied_count   bigint
);
CREATE INDEX audit_newest ON audit (tenant_id, workspace_id, occurred_at DESC, log_offset DESC);

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_of_scope ON audit TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON audit TO flows_app, flows_service, flows_anon;

-- Refusals by tenant and minute (epoch minutes): what the condensing counts with. For the projection only.
CREATE TABLE audit_denials (
  tenant_id text   NOT NULL,
  minute    bigint NOT NULL,
  denied    bigint NOT NULL,
  PRIMARY KEY (tenant_id, minute)
);
