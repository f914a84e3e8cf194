-- Platform-event triggers in force: those of the latest version of every flow that is not deleted (flows-api 11).
-- since, start_offsets: of the first publish of an unbroken row that had the trigger on this topic. since is that
-- event's offset: it tells a registration from an earlier one that was dropped meanwhile.
-- start_offsets: JSON array of the topic's end offsets by partition, before that publish was answered.
CREATE TABLE event_triggers (
  tenant_id     text   NOT NULL,
  workspace_id  text   NOT NULL,
  flow_id       text   NOT NULL,
  trigger_id    text   NOT NULL,
  version       int    NOT NULL,
  event_type    text   NOT NULL,
  topic         text   NOT NULL,
  topic_id      text   NOT NULL,
  since         bigint NOT NULL,
  start_offsets text   NOT NULL,
  filter        text,
  dedupe_key    text,
  PRIMARY KEY (tenant_id, workspace_id, flow_id, trigger_id)
);

ALTER TABLE event_triggers ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_triggers_of_scope ON event_triggers TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON event_triggers TO flows_app, flows_service, flows_anon;

-- Listeners load the table again when this comes, and every few seconds all the same.
CREATE FUNCTION tell_event_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('flows_event_triggers', '');
  RETURN NULL;
END $$;
CREATE TRIGGER event_triggers_changed AFTER INSERT OR UPDATE OR DELETE ON event_triggers
  FOR EACH STATEMENT EXECUTE FUNCTION tell_event_triggers();
