-- Runs over all flows of a workspace, newest first, and what they are found by (flows-api 6.10).
-- labels: JSON text of an object of texts.
ALTER TABLE executions ADD COLUMN labels text NOT NULL DEFAULT '{}';

-- Row policies let an index be used by comparisons that give nothing away only: equality of texts does, that of JSON or
-- lists does not. So each label has a row. Rows go with their run.
CREATE TABLE execution_labels (
  execution_id   text        NOT NULL REFERENCES executions ON DELETE CASCADE,
  key            text        NOT NULL,
  value          text        NOT NULL,
  tenant_id      text        NOT NULL,
  workspace_id   text        NOT NULL,
  created_at     timestamptz NOT NULL,
  created_offset bigint      NOT NULL,
  PRIMARY KEY (execution_id, key)
);
CREATE INDEX execution_labels_newest
  ON execution_labels (tenant_id, workspace_id, key, value, created_at DESC, created_offset DESC);

ALTER TABLE execution_labels ENABLE ROW LEVEL SECURITY;
CREATE POLICY execution_labels_of_scope ON execution_labels TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON execution_labels TO flows_app, flows_service, flows_anon;

-- The new index serves what the old one did.
CREATE INDEX executions_of_workspace ON executions (tenant_id, workspace_id, created_at DESC, created_offset DESC);
DROP INDEX executions_by_start;
-- The status of a closed run, which changes no more: indexing the status itself would cost every start its update in
-- place (0011).
ALTER TABLE executions ADD COLUMN closed_status text
  GENERATED ALWAYS AS (CASE WHEN closed_at IS NOT NULL THEN status END) STORED;
CREATE INDEX executions_by_end
  ON executions (tenant_id, workspace_id, closed_status, created_at DESC, created_offset DESC)
  WHERE closed_status IS NOT NULL;
CREATE INDEX executions_failed_at
  ON executions (tenant_id, workspace_id, failure_node_id, created_at DESC, created_offset DESC)
  WHERE failure_node_id IS NOT NULL;
