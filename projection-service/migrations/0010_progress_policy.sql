-- Positions tell of no tenant; still, whoever does not say for whom it reads sees nothing at all.
ALTER TABLE projection_progress ENABLE ROW LEVEL SECURITY;
CREATE POLICY progress_in_some_scope ON projection_progress TO flows_app
  USING (current_setting('app.tenant_id', true) <> '');
