-- Values too large for a message, once each, under the SHA-256 of their bytes. Authoritative: whoever holds only the
-- hash relies on the row. Rows are freed when nothing has used them for a run's retention (last_used_at).
CREATE TABLE payloads (
  hash         text        PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  bytes        bytea       NOT NULL,
  size_bytes   integer     NOT NULL CHECK (size_bytes = octet_length(bytes)),
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payloads_last_used_at ON payloads (last_used_at);
