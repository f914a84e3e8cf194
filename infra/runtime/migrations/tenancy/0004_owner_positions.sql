-- How far the events log was read for owners of workspaces: a copy of this schema that is older than the log shows it.
CREATE TABLE owner_positions (
  partition   int PRIMARY KEY,
  topic_id    text NOT NULL,
  next_offset bigint NOT NULL,
  epoch       bigint NOT NULL,
  owner       text NOT NULL,
  -- Confirmed owners that there were then; fewer later mean that some were lost, or that a tenant was torn down.
  owners      bigint NOT NULL
);
