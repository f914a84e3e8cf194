-- Settings of the provisioning surface that were changed at run time. Authoritative: nothing else has them.
-- A transient value counts before a persistent one, and both before the environment. value: the text as it was checked.
CREATE TABLE settings (
  scope      text        NOT NULL CHECK (scope IN ('persistent', 'transient')),
  name       text        NOT NULL,
  value      text        NOT NULL,
  changed_by text        NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, name)
);

-- What services ask the provisioned cluster, by way of a worker. lookup_id: a UUID, or the kind where one answer is for all,
-- whose tenant is empty. expires_at: nobody waits for the answer after it, or it is too old to be used again.
-- taken_until: a worker has it in hand until then; afterwards another one may take it.
CREATE TABLE lookups (
  lookup_id   text        PRIMARY KEY,
  tenant_id   text        NOT NULL,
  kind        text        NOT NULL,
  request     json        NOT NULL,
  answer      json,
  asked_at    timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL,
  taken_until timestamptz
);
CREATE INDEX lookups_by_tenant ON lookups (tenant_id);
