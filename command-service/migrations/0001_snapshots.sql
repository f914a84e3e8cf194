-- Snapshots of the decider's fold. A cache: deleting every row changes nothing but the time of recovery.
-- Keyed by the id of the events topic, so that a topic made anew never meets the snapshots of the old one.

CREATE TABLE snapshot_partitions (
  events_topic_id     text    NOT NULL,
  partition           integer NOT NULL,
  format              integer NOT NULL,
  -- Position (offset, epoch, owner) that the fold goes on from: every event below `position_offset` is in the tenants' rows.
  position_offset     bigint  NOT NULL,
  epoch               bigint  NOT NULL,
  owner               text    NOT NULL,
  last_command_offset bigint  NOT NULL,
  commands_topic_id   text    NOT NULL,
  written_at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (events_topic_id, partition)
);

CREATE TABLE snapshot_tenants (
  events_topic_id text    NOT NULL,
  partition       integer NOT NULL,
  tenant_id       text    NOT NULL,
  -- Events of this tenant below this offset are in `state`; never less than the position the row was written with.
  as_of_offset    bigint  NOT NULL,
  state           text    NOT NULL,
  PRIMARY KEY (events_topic_id, partition, tenant_id)
);
