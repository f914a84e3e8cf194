-- Offset of the command that created the flow: a publish carries it, so that a draft of an earlier flow under the same
-- id is not taken for this one's.
ALTER TABLE flows ADD COLUMN birth bigint;
