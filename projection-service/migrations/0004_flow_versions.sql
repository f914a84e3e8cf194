-- Published versions: written once, never changed. Those of a deleted flow stay until the last of its runs is past
-- retention; a version counts as published only while flows has its generation undeleted.
-- triggers: JSON array of {kind, triggerId, detail}.
CREATE TABLE flow_versions (
  tenant_id       text        NOT NULL,
  workspace_id    text        NOT NULL,
  flow_id         text        NOT NULL,
  generation      bigint      NOT NULL,
  version         int         NOT NULL,
  dsl_api_version text        NOT NULL,
  definition      text        NOT NULL,
  definition_yaml text,
  triggers        text        NOT NULL,
  created_by      text        NOT NULL,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, workspace_id, flow_id, generation, version)
);

ALTER TABLE flow_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY flow_versions_of_scope ON flow_versions TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
-- No UPDATE and no DELETE: a published version is immutable for the application.
GRANT SELECT ON flow_versions TO flows_app, flows_service, flows_anon;
