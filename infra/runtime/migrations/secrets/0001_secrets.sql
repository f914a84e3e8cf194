-- Keys that a tenant's secrets are encrypted with, each wrapped by a master key of the operator. One of them is current:
-- what is written is encrypted with it. The others are of a rotation that is not finished, and go with their last row.
-- wrapped: IV, ciphertext and tag of AES-256-GCM, with tenant and key id as additional data.
CREATE TABLE data_keys (
  tenant_id     text        NOT NULL,
  key_id        text        NOT NULL,
  master_key_id text        NOT NULL,
  wrapped       bytea       NOT NULL,
  is_current    boolean     NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, key_id)
);
CREATE UNIQUE INDEX data_keys_current ON data_keys (tenant_id) WHERE is_current;

-- Secrets, encrypted. Authoritative: events hold the id only. Without its key a row is of no use, so it goes with it.
-- ciphertext: as `wrapped`, with tenant and secret id as additional data. written_at: when a command last asked for it.
CREATE TABLE sealed (
  tenant_id  text        NOT NULL,
  secret_id  text        NOT NULL,
  key_id     text        NOT NULL,
  ciphertext bytea       NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, secret_id),
  FOREIGN KEY (tenant_id, key_id) REFERENCES data_keys (tenant_id, key_id) ON DELETE CASCADE
);
CREATE INDEX sealed_by_key ON sealed (tenant_id, key_id);
