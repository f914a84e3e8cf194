-- Webhook triggers of the latest version of each flow, with their secrets as the log has them: encrypted (flows-api 10.2).
-- previous_*: the secret before the last rotation, valid until previous_valid_until.
CREATE TABLE webhook_triggers (
  tenant_id            text        NOT NULL,
  workspace_id         text        NOT NULL,
  trigger_id           text        NOT NULL,
  flow_id              text        NOT NULL,
  path                 text        NOT NULL,
  version              int         NOT NULL,
  filter               text,
  dedupe_key           text,
  secret_id            text        NOT NULL,
  key_id               text        NOT NULL,
  ciphertext           text        NOT NULL,
  previous_secret_id   text,
  previous_key_id      text,
  previous_ciphertext  text,
  previous_valid_until timestamptz,
  created_at           timestamptz NOT NULL,
  rotated_at           timestamptz,
  PRIMARY KEY (tenant_id, workspace_id, trigger_id)
);
CREATE INDEX webhook_triggers_of_flow ON webhook_triggers (tenant_id, workspace_id, flow_id);
-- A delivery without credential names workspace and trigger only.
CREATE INDEX webhook_triggers_by_path ON webhook_triggers (workspace_id, trigger_id);

ALTER TABLE webhook_triggers ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_triggers_of_scope ON webhook_triggers TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
-- API keys read what triggers there are, but no secret, not even encrypted.
GRANT SELECT ON webhook_triggers TO flows_app;
GRANT SELECT (tenant_id, workspace_id, trigger_id, flow_id, path, version, filter, dedupe_key, previous_valid_until,
              created_at, rotated_at) ON webhook_triggers TO flows_service, flows_anon;

-- Deliveries that were decided: accepted ones, whose body is the input of their run, and refused ones.
-- redelivery: 0 for the delivery itself, n for the n-th time it was delivered again. bytes: of the body.
CREATE TABLE webhook_deliveries (
  event_id     text        NOT NULL PRIMARY KEY,
  tenant_id    text        NOT NULL,
  workspace_id text        NOT NULL,
  trigger_id   text        NOT NULL,
  delivery_id  text        NOT NULL,
  received_at  timestamptz NOT NULL,
  bytes        bigint      NOT NULL,
  outcome      text        NOT NULL,
  code         text,
  execution_id text,
  redelivery   int         NOT NULL
);
CREATE INDEX webhook_deliveries_newest
  ON webhook_deliveries (tenant_id, workspace_id, trigger_id, received_at DESC, event_id COLLATE "C" DESC);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (received_at);

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_deliveries_of_scope ON webhook_deliveries TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON webhook_deliveries TO flows_app, flows_service, flows_anon;

-- Secrets that a command has made: they are shown again to who sent it, for as long as they are in force.
ALTER TABLE commands ADD COLUMN secret_ids text[] NOT NULL DEFAULT '{}';

-- What the actor of a command may be shown of the secrets it made: for a day, and while they are in force.
CREATE FUNCTION command_secrets(of_command text, to_actor text)
  RETURNS TABLE (trigger_id text, secret_id text, key_id text, ciphertext text)
  LANGUAGE sql STABLE
  BEGIN ATOMIC
    SELECT w.trigger_id, w.secret_id, w.key_id, w.ciphertext
      FROM commands c
      JOIN webhook_triggers w USING (tenant_id, workspace_id)
     WHERE c.command_id = of_command AND c.actor_id = to_actor AND w.secret_id = ANY (c.secret_ids)
       AND c.decided_at > now() - interval '24 hours';
  END;
