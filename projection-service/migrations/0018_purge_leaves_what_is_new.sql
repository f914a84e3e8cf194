-- Removes every row of a tenant from every table of the schema that has tenant_id, whichever these are.
-- requested: runs that no row tells of, since their request is read together with the purge.
-- What is told of runs is read apart from the purge, and may be ahead of it: what a tenant that began anew has done
-- since stays.
CREATE OR REPLACE FUNCTION purge_tenant(tenant text, requested text[], purged_at_ms bigint) RETURNS void
  LANGUAGE plpgsql AS $$
DECLARE
  of_tenant name;
BEGIN
  -- Whoever writes frames is waited for, or sees purged_runs.
  LOCK TABLE frames, nodes IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO purged_runs
    SELECT run_hash(execution_id), $3 FROM executions WHERE tenant_id = $1
     UNION
    SELECT run_hash(execution_id), $3 FROM unnest($2) AS execution_id
    ON CONFLICT DO NOTHING;
  FOR of_tenant IN
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
       AND a.attname = 'tenant_id' AND NOT a.attisdropped
     ORDER BY c.relname
  LOOP
    CONTINUE WHEN of_tenant IN ('frames', 'nodes');
    EXECUTE format('DELETE FROM %I WHERE tenant_id = $1', of_tenant) USING $1;
  END LOOP;
  DELETE FROM frames f WHERE f.tenant_id = $1
     AND (f.time_ms <= $3 OR EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(f.execution_id)));
  DELETE FROM nodes n WHERE n.tenant_id = $1
     AND (n.time_ms <= $3 OR EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(n.execution_id)));
END
$$;
