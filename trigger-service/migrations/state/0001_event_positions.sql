-- How far platform-event triggers have come: everything below next_offset is decided for good. since: log offset of
-- the publish that began the registration. A position only grows, so that whoever writes it late does no harm.
CREATE TABLE event_positions (
  tenant_id    text    NOT NULL,
  workspace_id text    NOT NULL,
  trigger_id   text    NOT NULL,
  since        bigint  NOT NULL,
  topic_id     text    NOT NULL,
  partition    integer NOT NULL,
  next_offset  bigint  NOT NULL CHECK (next_offset >= 0),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, workspace_id, trigger_id, since, topic_id, partition)
) WITH (fillfactor = 50);

-- Topics by name and id: incarnation 2 is a topic that was made anew under the name of a deleted one, where offsets
-- start over. Ids of runs would repeat without it.
CREATE TABLE event_topics (
  topic       text    NOT NULL,
  topic_id    text    NOT NULL,
  incarnation integer NOT NULL,
  PRIMARY KEY (topic, topic_id),
  UNIQUE (topic, incarnation)
);
