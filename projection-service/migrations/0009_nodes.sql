-- Nodes of runs as their frames tell it, for the time until the run's closing event brings the reconciled table.
-- rank: place of the last frame in the order of statuses. attempts: JSON array. input and output: stored values.
-- first_offset: offset of the node's first frame, hence the order in which nodes were visited.
CREATE TABLE nodes (
  execution_id text   NOT NULL,
  node_id      text   NOT NULL,
  iteration    int    NOT NULL,
  tenant_id    text   NOT NULL,
  workspace_id text   NOT NULL,
  rank         bigint NOT NULL,
  status       text   NOT NULL,
  reused       boolean NOT NULL,
  attempts     text   NOT NULL,
  input_json   text,
  input_ref    text,
  output_json  text,
  output_ref   text,
  error        text,
  first_offset bigint NOT NULL,
  time_ms      bigint NOT NULL,
  PRIMARY KEY (execution_id, node_id, iteration)
) WITH (fillfactor = 70);

ALTER TABLE nodes ENABLE ROW LEVEL SECURITY;
CREATE POLICY nodes_of_scope ON nodes TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON nodes TO flows_app, flows_service, flows_anon;
