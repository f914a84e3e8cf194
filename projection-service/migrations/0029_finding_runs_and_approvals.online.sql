-- Rows from before 0025 and 0028, then the indexes on what those have added. Each statement can run again. Rows that somebody
-- else holds are passed over: a run that is being closed, or a node that changes, gets its column by the trigger.
DO $$
DECLARE
  last text := '';
  upto text;
BEGIN
  LOOP
    SELECT max(execution_id) INTO upto
      FROM (SELECT execution_id FROM executions WHERE execution_id > last ORDER BY execution_id LIMIT 2000) AS page;
    EXIT WHEN upto IS NULL;
    UPDATE executions SET closed_status = status WHERE execution_id IN (
      SELECT execution_id FROM executions
       WHERE execution_id > last AND execution_id <= upto AND closed_at IS NOT NULL AND closed_status IS NULL
         FOR NO KEY UPDATE SKIP LOCKED);
    last := upto;
    COMMIT;
  END LOOP;
END
$$;

DO $$
DECLARE
  run text;
BEGIN
  FOR run IN SELECT execution_id FROM executions WHERE closed_at IS NULL LOOP
    UPDATE nodes SET waiting_since = time_ms WHERE (execution_id, node_id, iteration) IN (
      SELECT execution_id, node_id, iteration FROM nodes
       WHERE execution_id = run AND status = 'waiting-approval' AND waiting_since IS NULL
         FOR NO KEY UPDATE SKIP LOCKED);
    COMMIT;
  END LOOP;
END
$$;

DROP INDEX CONCURRENTLY IF EXISTS executions_of_workspace;

CREATE INDEX CONCURRENTLY executions_of_workspace
  ON executions (tenant_id, workspace_id, created_at DESC, created_offset DESC);

-- The new index serves what this one did.
DROP INDEX CONCURRENTLY IF EXISTS executions_by_start;

DROP INDEX CONCURRENTLY IF EXISTS executions_by_end;

CREATE INDEX CONCURRENTLY executions_by_end
  ON executions (tenant_id, workspace_id, closed_status, created_at DESC, created_offset DESC)
  WHERE closed_status IS NOT NULL;

DROP INDEX CONCURRENTLY IF EXISTS executions_failed_at;

CREATE INDEX CONCURRENTLY executions_failed_at
  ON executions (tenant_id, workspace_id, failure_node_id, created_at DESC, created_offset DESC)
  WHERE failure_node_id IS NOT NULL;

DROP INDEX CONCURRENTLY IF EXISTS nodes_waiting;

CREATE INDEX CONCURRENTLY nodes_waiting ON nodes (tenant_id, workspace_id, waiting_since DESC)
  WHERE waiting_since IS NOT NULL;
