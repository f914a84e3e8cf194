-- API keys of workspaces. The key itself is shown once and kept nowhere: only its SHA-256.
CREATE TABLE api_keys (
  key_id       uuid PRIMARY KEY,
  tenant_id    text NOT NULL,
  workspace_id text NOT NULL,
  type         text NOT NULL CHECK (type IN ('anon', 'service')),
  sha256       bytea NOT NULL UNIQUE,
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz
);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, created_at);
