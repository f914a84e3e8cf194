-- Quotas set for a tenant by operators (flows-api 12), as JSON text of a list of {dimension, limit, grace}. They are of
-- no workspace: every workspace of the tenant may read them.
CREATE TABLE tenant_quotas (
  tenant_id text NOT NULL PRIMARY KEY,
  quotas    text NOT NULL
);
ALTER TABLE tenant_quotas ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_quotas_of_scope ON tenant_quotas TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true));
GRANT SELECT ON tenant_quotas TO flows_app, flows_service, flows_anon;

-- Refusals of a tenant's caller in no workspace that it may be told of have the empty one, and every workspace of the
-- tenant shows them.
ALTER POLICY audit_of_scope ON audit
  USING (tenant_id = current_setting('app.tenant_id', true)
         AND workspace_id IN (current_setting('app.workspace_id', true), ''));
