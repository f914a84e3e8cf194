import type { Statement } from '@flowplane/plumbing/postgres';
import { templateKeyOf, type TemplateKey } from '../domain/fold-templates.js';
import type { TemplateRow } from '../domain/template-row.js';
import { at, rowsStatement } from './write-rows.js';

/** A row of `templates` as the driver returns it: bigint as text, timestamptz as Date. */
export type TemplateRecord = {
  readonly tenant_id: string;
  readonly template_id: string;
  readonly document: string | null;
  readonly revision: string;
  readonly owner: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly provisioned_at: Date | null;
  readonly state: TemplateRow['state'];
  readonly progress: TemplateRow['progress'];
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly error: string | null;
  readonly error_status: number | null;
  readonly resources: string;
  readonly unsure: string;
  readonly completed: string;
  readonly provisioning: string | null;
  readonly deprovisioning: string | null;
  readonly log_offset: string;
};

export const templateRowOf = (record: TemplateRecord): TemplateRow => ({
  tenantId: record.tenant_id,
  templateId: record.template_id,
  document: record.document,
  revision: Number(record.revision),
  owner: record.owner,
  createdAt: record.created_at.getTime(),
  updatedAt: record.updated_at.getTime(),
  provisionedAt: record.provisioned_at?.getTime() ?? null,
  state: record.state,
  progress: record.progress,
  startedAt: record.started_at?.getTime() ?? null,
  endedAt: record.ended_at?.getTime() ?? null,
  error: record.error,
  errorStatus: record.error_status,
  resources: JSON.parse(record.resources) as TemplateRow['resources'],
  unsure: JSON.parse(record.unsure) as TemplateRow['unsure'],
  completed: JSON.parse(record.completed) as TemplateRow['completed'],
  provisioning: record.provisioning,
  deprovisioning: record.deprovisioning,
  logOffset: Number(record.log_offset),
});

export const KNOWN_TEMPLATES = `
  SELECT t.* FROM templates t
    JOIN json_to_recordset($1) AS k("tenantId" text, "templateId" text)
      ON t.tenant_id = k."tenantId" AND t.template_id = k."templateId"`;

const TEMPLATES = `
  INSERT INTO templates (tenant_id, template_id, document, revision, owner, created_at, updated_at, provisioned_at, state,
                         progress, started_at, ended_at, error, error_status, resources, unsure, completed, provisioning,
                         deprovisioning, log_offset)
  SELECT r."tenantId", r."templateId", r.document, r.revision, r.owner, ${at('createdAt')}, ${at('updatedAt')},
         ${at('provisionedAt')}, r.state, r.progress, ${at('startedAt')}, ${at('endedAt')}, r.error, r."errorStatus",
         r.resources, r.unsure, r.completed, r.provisioning, r.deprovisioning, r."logOffset"
    FROM json_to_recordset($1) AS r("tenantId" text, "templateId" text, document text, revision bigint, owner text,
         "createdAt" bigint, "updatedAt" bigint, "provisionedAt" bigint, state text, progress text, "startedAt" bigint,
         "endedAt" bigint, error text, "errorStatus" int, resources text, unsure text, completed text,
         provisioning text, deprovisioning text, "logOffset" bigint)
  ON CONFLICT (tenant_id, template_id) DO UPDATE
    SET document = excluded.document, revision = excluded.revision, owner = excluded.owner,
        created_at = excluded.created_at, updated_at = excluded.updated_at, provisioned_at = excluded.provisioned_at,
        state = excluded.state, progress = excluded.progress, started_at = excluded.started_at,
        ended_at = excluded.ended_at, error = excluded.error, error_status = excluded.error_status,
        resources = excluded.resources, unsure = excluded.unsure, completed = excluded.completed,
        provisioning = excluded.provisioning, deprovisioning = excluded.deprovisioning,
        log_offset = excluded.log_offset`;

const GONE_TEMPLATES = `
  DELETE FROM templates t
   USING json_to_recordset($1) AS r("tenantId" text, "templateId" text)
   WHERE t.tenant_id = r."tenantId" AND t.template_id = r."templateId"`;

export function templateWrites(templates: ReadonlyMap<TemplateKey, TemplateRow | null>): readonly Statement[] {
  const rows = [...templates.values()].filter((row) => row !== null);
  const gone = [...templates].filter(([, row]) => row === null).map(([key]) => keyParts(key));
  const records = rows.map(({ resources, unsure, completed, ...row }) => ({
    ...row,
    resources: JSON.stringify(resources),
    unsure: JSON.stringify(unsure),
    completed: JSON.stringify(completed),
  }));
  return [
    ...rowsStatement('control-templates', TEMPLATES, records),
    ...rowsStatement('control-gone-templates', GONE_TEMPLATES, gone),
  ];
}

export const templateKeys = (keys: ReadonlySet<TemplateKey>): string => JSON.stringify([...keys].map(keyParts));

function keyParts(key: TemplateKey): { readonly tenantId: string; readonly templateId: string } {
  const [tenantId = '', templateId = ''] = key.split(':');
  return { tenantId, templateId };
}

export const byTemplate = (records: readonly TemplateRecord[]): ReadonlyMap<TemplateKey, TemplateRow> =>
  new Map(records.map((record) => [templateKeyOf(record.tenant_id, record.template_id), templateRowOf(record)]));
