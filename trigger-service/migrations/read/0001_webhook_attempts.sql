-- Webhook deliveries that came to no decision in the log: filtered, deduplicated, refused before. In the database of the
-- read models, so that the delivery log is one query over both; in a schema of its own, since no log has them.
CREATE TABLE webhook_attempts (
  attempt_id   text        NOT NULL PRIMARY KEY,
  tenant_id    text        NOT NULL,
  workspace_id text        NOT NULL,
  trigger_id   text        NOT NULL,
  delivery_id  text        NOT NULL,
  received_at  timestamptz NOT NULL,
  bytes        bigint      NOT NULL,
  outcome      text        NOT NULL,
  code         text,
  execution_id text
);
CREATE INDEX webhook_attempts_newest
  ON webhook_attempts (tenant_id, workspace_id, trigger_id, received_at DESC, attempt_id COLLATE "C" DESC);
CREATE INDEX webhook_attempts_by_age ON webhook_attempts (received_at);

ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_attempts_of_scope ON webhook_attempts TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON webhook_attempts TO flows_app, flows_service, flows_anon;
DO $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO flows_app, flows_service, flows_anon', current_schema());
END
$$;
