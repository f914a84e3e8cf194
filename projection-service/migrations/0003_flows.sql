-- Drafts. A deleted flow stays as a tombstone without its definition, since its runs stay readable.
-- generation: offset of the FlowCreated event, so that a flow made anew under an old id is told from the old one.
CREATE TABLE flows (
  tenant_id       text        NOT NULL,
  workspace_id    text        NOT NULL,
  flow_id         text        NOT NULL,
  generation      bigint      NOT NULL,
  name            text        NOT NULL,
  dsl_api_version text        NOT NULL,
  definition      text,
  definition_yaml text,
  latest_version  int,
  revision        bigint      NOT NULL,
  created_by      text        NOT NULL,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  deleted_at      timestamptz,
  PRIMARY KEY (tenant_id, workspace_id, flow_id)
);
CREATE INDEX flows_by_creation ON flows (tenant_id, workspace_id, created_at, flow_id) WHERE deleted_at IS NULL;

ALTER TABLE flows ENABLE ROW LEVEL SECURITY;
CREATE POLICY flows_of_scope ON flows TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON flows TO flows_app, flows_service, flows_anon;

-- Flows of the caller's tenant over all its workspaces, which its row policy hides: a quota counts by tenant.
CREATE FUNCTION tenant_flow_count() RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER
  BEGIN ATOMIC
    SELECT count(*) FROM flows WHERE tenant_id = current_setting('app.tenant_id', true) AND deleted_at IS NULL;
  END;
