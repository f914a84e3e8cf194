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

-- The status of a closed run, which changes no more, for an index (0029): indexing the status itself would cost every
-- start its update in place (0011). By a trigger, since a release that does not know the column may write beside this
-- one, and not as a generated column, which would rewrite the whole table under a lock.
ALTER TABLE executions ADD COLUMN closed_status text;
CREATE FUNCTION set_closed_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.closed_status := NEW.status;
  RETURN NEW;
END
$$;
CREATE TRIGGER closed_status BEFORE INSERT OR UPDATE ON executions FOR EACH ROW
  WHEN (NEW.closed_at IS NOT NULL AND NEW.closed_status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION set_closed_status();
