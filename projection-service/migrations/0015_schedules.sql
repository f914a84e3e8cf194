-- Schedules of flows (flows-api 8), one per flow. cron: JSON array of expressions, empty while the latest version has
-- none. recent: JSON array of the last ten fires, newest last.
CREATE TABLE schedules (
  tenant_id    text    NOT NULL,
  workspace_id text    NOT NULL,
  flow_id      text    NOT NULL,
  cron         text    NOT NULL,
  paused       boolean NOT NULL,
  note         text,
  recent       text    NOT NULL,
  PRIMARY KEY (tenant_id, workspace_id, flow_id)
);

ALTER TABLE schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY schedules_of_scope ON schedules TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON schedules TO flows_app, flows_service, flows_anon;
