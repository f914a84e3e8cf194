-- The connection that was put or removed; null of every other change.
ALTER TABLE audit ADD COLUMN connection_name text;
