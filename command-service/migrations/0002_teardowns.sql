-- Teardowns of tenants (flows-api 14), of which at most one of a tenant is not finished: what one that is taken up again
-- goes on from, and the proof of those that are. These rows outlive the tenant.
-- steps: what each step found, JSON, once all of it is drained. purging: from here on the purge may be in the log.
-- report: JSON, as it was answered.
CREATE TABLE teardowns (
  teardown_id  uuid        NOT NULL PRIMARY KEY,
  tenant_id    text        NOT NULL,
  requested_by text        NOT NULL,
  begun_at     timestamptz NOT NULL DEFAULT now(),
  fence_id     text,
  steps        jsonb,
  destroyed    jsonb,
  purging      boolean     NOT NULL DEFAULT false,
  report       jsonb,
  finished_at  timestamptz
);
CREATE UNIQUE INDEX teardowns_unfinished ON teardowns (tenant_id) WHERE finished_at IS NULL;
