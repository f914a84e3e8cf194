-- Connections of workspaces (tasks 9), as they were put last. endpoint: JSON text.
-- secret_id: where the secret is kept; null: it has none. superseded: JSON array of {secretId, until}, those of earlier
-- PUTs that stay readable until then (epoch milliseconds). log_offset: of the event that put it.
CREATE TABLE connections (
  tenant_id    text        NOT NULL,
  workspace_id text        NOT NULL,
  name         text        NOT NULL,
  kind         text        NOT NULL,
  endpoint     text        NOT NULL,
  version      bigint      NOT NULL,
  secret_id    text,
  fingerprint  text,
  superseded   text        NOT NULL,
  created_at   timestamptz NOT NULL,
  rotated_at   timestamptz NOT NULL,
  rotated_by   text        NOT NULL,
  log_offset   bigint      NOT NULL,
  PRIMARY KEY (tenant_id, workspace_id, name)
);

ALTER TABLE connections ENABLE ROW LEVEL SECURITY;
CREATE POLICY connections_of_scope ON connections TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
-- API keys read what connections there are, but not which secrets they have.
GRANT SELECT ON connections TO flows_app;
GRANT SELECT (tenant_id, workspace_id, name, kind, endpoint, version, fingerprint, created_at, rotated_at, rotated_by,
              log_offset) ON connections TO flows_service, flows_anon;
