-- Which tenant owns a workspace: the one fact that spans tenants, so it is decided by a unique key, not by the log.
CREATE TABLE workspace_owners (
  workspace_id text PRIMARY KEY,
  tenant_id    text NOT NULL,
  claimed_at   timestamptz NOT NULL DEFAULT now()
);
