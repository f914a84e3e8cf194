-- Nodes of the runs of sub-flows as their frames tell it, beside `nodes`, whose columns are meant alike.
-- root: the run at the top. path: JSON array of the sub-flow nodes that lead from it to the run of this row.
CREATE TABLE sub_flow_nodes (
  execution_id text   NOT NULL,
  node_id      text   NOT NULL,
  iteration    int    NOT NULL,
  tenant_id    text   NOT NULL,
  workspace_id text   NOT NULL,
  root         text   NOT NULL,
  flow_id      text   NOT NULL,
  version      text   NOT NULL,
  path         text   NOT NULL,
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
CREATE INDEX sub_flow_nodes_of_root ON sub_flow_nodes (root, first_offset);

ALTER TABLE sub_flow_nodes ENABLE ROW LEVEL SECURITY;
CREATE POLICY sub_flow_nodes_of_scope ON sub_flow_nodes TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON sub_flow_nodes TO flows_app, flows_service, flows_anon;

-- As 0018 has it; the runs of sub-flows go with theirs.
CREATE OR REPLACE FUNCTION purge_tenant(tenant text, requested text[], purged_at_ms bigint) RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE
  of_tenant name;
BEGIN
  -- Whoever writes frames is waited for, or sees purged_runs.
  LOCK TABLE frames, nodes, sub_flow_nodes IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO purged_runs
    SELECT run_hash(execution_id), $3 FROM executions WHERE tenant_id = $1
     UNION
    SELECT run_hash(execution_id), $3 FROM unnest($2) AS execution_id
    ON CONFLICT DO NOTHING;
  FOR of_tenant IN
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
       AND a.attname = 'tenant_id' AND NOT a.attisdropped
     ORDER BY c.relname
  LOOP
    CONTINUE WHEN of_tenant IN ('frames', 'nodes', 'sub_flow_nodes');
    EXECUTE format('DELETE FROM %I WHERE tenant_id = $1', of_tenant) USING $1;
  END LOOP;
  DELETE FROM frames f WHERE f.tenant_id = $1
     AND (f.time_ms <= $3 OR EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(f.execution_id)));
  DELETE FROM nodes n WHERE n.tenant_id = $1
     AND (n.time_ms <= $3 OR EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(n.execution_id)));
  DELETE FROM sub_flow_nodes n WHERE n.tenant_id = $1
     AND (n.time_ms <= $3 OR EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(n.root)));
END
$$;
