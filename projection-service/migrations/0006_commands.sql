-- Outcomes of client commands (what the executor records about itself has none that anybody asks for).
-- position_offset: next offset after the command's last event. result and error: JSON text. execution_id: run whose
-- present status is put into the result. status: pending (stale, the next attempt is under way), accepted, rejected.
CREATE TABLE commands (
  command_id      text        NOT NULL PRIMARY KEY,
  tenant_id       text        NOT NULL,
  workspace_id    text        NOT NULL,
  type            text        NOT NULL,
  actor_id        text        NOT NULL,
  status          text        NOT NULL,
  submitted_at    timestamptz NOT NULL,
  decided_at      timestamptz NOT NULL,
  partition       int         NOT NULL,
  position_offset bigint      NOT NULL,
  http_status     int,
  result          text,
  error           text,
  execution_id    text
);
CREATE INDEX commands_by_decision ON commands (decided_at);

ALTER TABLE commands ENABLE ROW LEVEL SECURITY;
CREATE POLICY commands_of_scope ON commands TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON commands TO flows_app, flows_service, flows_anon;
