-- Where each projection stands, written in the transaction of the rows: the epoch-rule position of a partition.
-- next_offset: everything below it is in the tables. command_offset: offset (in the commands topic) of the last
-- command whose outcome is in the tables, -1 before the first. record_time_ms: timestamp of the last record, epoch ms.
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

-- Streams read frames and progress in one statement, under the role of their tenant. Positions tell of no tenant.
GRANT SELECT ON projection_progress TO flows_app;
