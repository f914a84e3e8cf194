-- Drains of tenants that are being torn down, by the command that fenced them; of no tenant that anybody could tell.
-- Counts are kept before the first removal, so that a drain taken up again reports them; finished_at is set before the
-- report is made, so that one that is read again removes nothing of what the tenant may have begun since.
CREATE TABLE drains (
  fence_id    text        NOT NULL PRIMARY KEY,
  schedules   integer,
  histories   integer,
  failures    jsonb       NOT NULL DEFAULT '[]',
  finished_at timestamptz
);
