-- Provisioning templates and their states (provisioning 3, 9), a row each. They are of the tenant; only queries in its
-- workspace `_tpl`, which nobody can name, read them.
-- document: JSON text, null once it was deleted and only the state is left. revision: changes of the document.
-- state, progress and what follows: the state.
-- resources: JSON array, in the order in which they were made. unsure: JSON array of steps whose end nobody saw.
-- provisioning, deprovisioning: ids of the runs that are under way.
-- log_offset: of the last event.
CREATE TABLE templates (
  tenant_id      text        NOT NULL,
  template_id    text        NOT NULL,
  document       text,
  revision       bigint      NOT NULL,
  owner          text,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  provisioned_at timestamptz,
  state          text        NOT NULL,
  progress       text        NOT NULL,
  started_at     timestamptz,
  ended_at       timestamptz,
  error          text,
  error_status   int,
  resources      text        NOT NULL,
  unsure         text        NOT NULL,
  completed      text        NOT NULL,
  provisioning   text,
  deprovisioning text,
  log_offset     bigint      NOT NULL,
  PRIMARY KEY (tenant_id, template_id)
);

ALTER TABLE templates ENABLE ROW LEVEL SECURITY;
CREATE POLICY templates_of_tenant ON templates TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND current_setting('app.workspace_id', true) = '_tpl');
GRANT SELECT ON templates TO flows_app, flows_service, flows_anon;
