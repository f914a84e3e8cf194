-- Where the publisher of the audit topic stands. Beside the read models, not in them: dropping those must not publish
-- everything again. The columns are those of the read models' own progress.
CREATE TABLE projection_progress (
  projection     text   NOT NULL,
  partition      int    NOT NULL,
  next_offset    bigint NOT NULL,
  epoch          bigint NOT NULL,
  owner          text   NOT NULL,
  command_offset bigint NOT NULL DEFAULT -1,
  record_time_ms bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (projection, partition)
) WITH (fillfactor = 50);
