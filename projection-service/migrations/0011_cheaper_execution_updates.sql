-- A run that starts changes no indexed column, so that its update stays on its page (HOT): the status is looked at in
-- the few open runs of a workspace, not in the index.
DROP INDEX executions_open;
CREATE INDEX executions_open ON executions (tenant_id, workspace_id) WHERE closed_at IS NULL;
ALTER TABLE executions SET (fillfactor = 85);
