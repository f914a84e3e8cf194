-- A workspace is reserved before its first command is appended, and its tenant's for good once one is accepted.
-- Those from before this were kept from the first command on.
ALTER TABLE workspace_owners ADD COLUMN confirmed_at timestamptz;
-- Commands that are under way and would confirm it; no more than a hint after a crash.
ALTER TABLE workspace_owners ADD COLUMN holds int NOT NULL DEFAULT 1;
UPDATE workspace_owners SET confirmed_at = claimed_at;
CREATE INDEX workspace_owners_by_tenant ON workspace_owners (tenant_id);
CREATE INDEX workspace_owners_unconfirmed ON workspace_owners (claimed_at) WHERE confirmed_at IS NULL;
