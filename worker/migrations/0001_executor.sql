-- Where the executor stands in the events log: everything below next_offset has taken effect in the engine. epoch and
-- owner belong to the position (reader rule); without them a reader that starts mid-log disagrees about the truth.
CREATE TABLE positions (
  topic       text        NOT NULL,
  partition   integer     NOT NULL,
  next_offset bigint      NOT NULL CHECK (next_offset >= 0),
  epoch       bigint      NOT NULL,
  owner       text        NOT NULL,
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- The sweep over closed runs: runs closed before the watermark have been looked at. The lease lets one process at a
-- time sweep; an expired one is free.
CREATE TABLE sweeps (
  engine_scope text        NOT NULL PRIMARY KEY,
  watermark    timestamptz NOT NULL DEFAULT 'epoch',
  leased_by    text,
  leased_until timestamptz NOT NULL DEFAULT 'epoch'
);
