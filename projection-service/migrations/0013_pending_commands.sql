-- Stale commands, which the shells look for to bring them to an outcome.
CREATE INDEX commands_pending ON commands (decided_at) WHERE status = 'pending';
