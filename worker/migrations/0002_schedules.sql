-- The schedules that the engine is to hold, one per flow, as of log_offset (the events log, in the tenant's partition).
-- Empty crons: none any more; the row stays for a while, so that an event that is applied again changes nothing.
CREATE TABLE schedules (
  schedule_id       text        NOT NULL PRIMARY KEY,
  tenant_id         text        NOT NULL,
  workspace_id      text        NOT NULL,
  flow_id           text        NOT NULL,
  version           int         NOT NULL,
  crons             text[]      NOT NULL,
  overlap           text        NOT NULL,
  catchup_window_ms bigint      NOT NULL,
  paused            boolean     NOT NULL,
  log_offset        bigint      NOT NULL,
  changed_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX schedules_of_tenant ON schedules (tenant_id);

-- Where in the log a tenant was fenced last: nothing before it makes a schedule any more.
CREATE TABLE schedule_fences (
  tenant_id  text   NOT NULL PRIMARY KEY,
  log_offset bigint NOT NULL
);
