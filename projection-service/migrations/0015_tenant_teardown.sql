-- Tenants that are being torn down (flows-api 14), as the log has it. drain: JSON text of the executor's report, null
-- until the fence in force is drained. The row goes with the tenant. For the services alone, not for requests.
CREATE TABLE tenant_fences (
  tenant_id text        NOT NULL PRIMARY KEY,
  fence_id  text        NOT NULL,
  fenced_at timestamptz NOT NULL,
  open_runs int         NOT NULL,
  drain     text
);

-- Runs of purged tenants, as SHA-256 of their ids: frames that come later, or are read again, are not stored.
CREATE TABLE purged_runs (
  run_hash     bytea  NOT NULL PRIMARY KEY,
  purged_at_ms bigint NOT NULL
);

CREATE FUNCTION run_hash(execution_id text) RETURNS bytea
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN sha256(convert_to(execution_id, 'UTF8'));

-- Removes every row of a tenant from every table of the schema that has tenant_id, whichever these are.
-- requested: runs that no row tells of, since their request is read together with the purge.
CREATE FUNCTION purge_tenant(tenant text, requested text[], purged_at_ms bigint) RETURNS void
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
    EXECUTE format('DELETE FROM %I WHERE tenant_id = $1', of_tenant) USING $1;
  END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION purge_tenant FROM PUBLIC;
