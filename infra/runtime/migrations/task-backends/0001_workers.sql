-- What workers can call for every tenant: kinds of servers that the operator has configured (tasks 9.1). A worker writes its
-- row when it starts and again as long as it runs.
CREATE TABLE workers (
  worker_id text PRIMARY KEY,
  kinds     text[] NOT NULL,
  seen_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX workers_by_time ON workers (seen_at);
