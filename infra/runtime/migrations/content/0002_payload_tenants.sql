-- Who has put a payload: with the last of them it goes. unowned: somebody has put it who said no tenant, as everything
-- before this; it stays until nothing has used it for a run's retention.
ALTER TABLE payloads ADD COLUMN unowned boolean NOT NULL DEFAULT true;
CREATE TABLE payload_tenants (
  hash      text NOT NULL REFERENCES payloads ON DELETE CASCADE,
  tenant_id text NOT NULL,
  PRIMARY KEY (hash, tenant_id)
);
CREATE INDEX payload_tenants_by_tenant ON payload_tenants (tenant_id);
