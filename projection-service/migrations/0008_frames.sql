-- Frames of runs in the order of the runs topic; log_offset is the id a stream shows. data: the JSON line of the stream.
-- type: node-status, log-line or stream-end, which is the last of its run.
CREATE TABLE frames (
  execution_id text   NOT NULL,
  log_offset   bigint NOT NULL,
  tenant_id    text   NOT NULL,
  workspace_id text   NOT NULL,
  type         text   NOT NULL,
  data         text   NOT NULL,
  time_ms      bigint NOT NULL,
  PRIMARY KEY (execution_id, log_offset)
);
CREATE UNIQUE INDEX frames_end ON frames (execution_id) WHERE type = 'stream-end';
CREATE INDEX frames_by_age ON frames USING brin (time_ms);

ALTER TABLE frames ENABLE ROW LEVEL SECURITY;
CREATE POLICY frames_of_scope ON frames TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON frames TO flows_app, flows_service, flows_anon;
