-- Language models that tasks of a workspace may use, as an operator set it last (tasks 3.6). models: JSON array of names;
-- null: no restriction.
CREATE TABLE llm_models (
  tenant_id    text NOT NULL,
  workspace_id text NOT NULL,
  models       text,
  PRIMARY KEY (tenant_id, workspace_id)
);

ALTER TABLE llm_models ENABLE ROW LEVEL SECURITY;
CREATE POLICY llm_models_of_scope ON llm_models TO flows_app, flows_service, flows_anon
  USING (tenant_id = current_setting('app.tenant_id', true) AND workspace_id = current_setting('app.workspace_id', true));
GRANT SELECT ON llm_models TO flows_app, flows_service, flows_anon;
