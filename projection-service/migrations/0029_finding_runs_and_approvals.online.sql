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

-- Approvals of versions from before. A text that a statement cannot read (NUL, half of a surrogate pair) is nothing that is accepted now.
INSERT INTO approval_nodes (tenant_id, workspace_id, flow_id, generation, version, node_id, name, approvers, timeout)
SELECT v.tenant_id, v.workspace_id, v.flow_id, v.generation, v.version, node ->> 'id', node ->> 'name',
       ARRAY(SELECT json_array_elements_text(coalesce(node -> 'approvers', '[]'))), node ->> 'timeout'
  FROM flow_versions v, json_array_elements(v.definition::json -> 'nodes') AS node
 WHERE v.definition LIKE '%"approval"%' AND v.definition !~* '\\u(0000|d[89a-f])' AND node ->> 'type' = 'approval'
ON CONFLICT DO NOTHING;

-- What was left half built by a process that ended is built again; what is whole stays.
DO $$
DECLARE
  broken name;
BEGIN
  SET LOCAL lock_timeout = '2s';
  FOR broken IN
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace
       AND c.relname IN ('executions_of_workspace', 'executions_by_end', 'executions_failed_at', 'nodes_waiting')
  LOOP
    EXECUTE format('DROP INDEX %I', broken);
  END LOOP;
END
$$;

CREATE INDEX CONCURRENTLY IF NOT EXISTS executions_of_workspace
  ON executions (tenant_id, workspace_id, created_at DESC, created_offset DESC);

CREATE INDEX CONCURRENTLY IF NOT EXISTS executions_by_end
  ON executions (tenant_id, workspace_id, closed_status, created_at DESC, created_offset DESC)
  WHERE closed_status IS NOT NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS executions_failed_at
  ON executions (tenant_id, workspace_id, failure_node_id, created_at DESC, created_offset DESC)
  WHERE failure_node_id IS NOT NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS nodes_waiting ON nodes (tenant_id, workspace_id, waiting_since DESC)
  WHERE waiting_since IS NOT NULL;

-- executions_of_workspace serves what this one did.
DROP INDEX CONCURRENTLY IF EXISTS executions_by_start;
