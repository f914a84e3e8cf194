-- Topics of platform events that a workspace uses: the name it would have by rule (plain_name), and the name it has.
-- claimed_by: who asked first, a publish with a trigger or the task events.publish.
-- is_listened_to: a trigger in force was seen on it. The row goes when the last such trigger does.
CREATE TABLE registered (
  tenant_id      text NOT NULL,
  workspace_id   text NOT NULL,
  plain_name     text NOT NULL,
  topic          text NOT NULL UNIQUE,
  claimed_by     text NOT NULL CHECK (claimed_by IN ('trigger', 'task')),
  is_listened_to boolean NOT NULL DEFAULT false,
  claimed_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, workspace_id, plain_name)
);

-- Who may use a name, longer than it is registered: as long as there is a topic of it. The brokers allow one topic per
-- metric_name, which has `_` where the name has `.`. holder: hash of tenant, workspace and plain name; it tells whether
-- a name is one's own, and nothing about whose it is.
CREATE TABLE names (
  metric_name text PRIMARY KEY,
  topic       text NOT NULL,
  holder      text NOT NULL
);
CREATE INDEX names_by_holder ON names (holder);
