-- When a version was removed: it starts no more runs and counts no more, and stays readable.
ALTER TABLE flow_versions ADD COLUMN archived_at timestamptz;
