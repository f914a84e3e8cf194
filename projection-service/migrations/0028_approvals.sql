-- Approvals that wait (flows-api 7.5). What the version says of them: who may decide, for how long, under which name.
-- timeout: ISO-8601 duration; null: none. Rows go with their version.
CREATE TABLE approval_nodes (
  tenant_id    text   NOT NULL,
  workspace_id text   NOT NULL,
  flow_id      text   NOT NULL,
  generation   bigint NOT NULL,
  version      int    NOT NULL,
  node_id      text   NOT NULL,
  name         text,
  approvers    text[] NOT NULL,
  timeout      text,
  PRIMARY KEY (tenant_id, workspace_id, flow_id, generation, version, node_id),
  FOREIGN KEY (tenant_id, workspace_id, flow_id, generation, version) REFERENCES flow_versions ON DELETE CASCADE
);
ALTER TABLE approval_nodes ENABLE ROW LEVEL SECURITY;
CREATE POLICY approval_nodes_of_scope ON approval_nodes TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON approval_nodes TO flows_app, flows_service, flows_anon;

-- When a node began to wait for its approval, for an index (0029). The status itself is not indexed, so that nodes are
-- updated in place. By a trigger, as closed_status (0025).
ALTER TABLE nodes ADD COLUMN waiting_since bigint;
CREATE FUNCTION set_waiting_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.waiting_since := CASE WHEN NEW.status = 'waiting-approval' THEN NEW.time_ms END;
  RETURN NEW;
END
$$;
CREATE TRIGGER waiting_since BEFORE INSERT OR UPDATE ON nodes FOR EACH ROW
  WHEN ((NEW.status = 'waiting-approval') IS DISTINCT FROM (NEW.waiting_since IS NOT NULL))
  EXECUTE FUNCTION set_waiting_since();
