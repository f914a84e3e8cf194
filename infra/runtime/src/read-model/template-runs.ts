import { CONTROL_PROJECTION } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf } from './public-query.js';

/** Runs and position of one moment. */
export const OPEN_TEMPLATE_RUNS = publicQuery({
  name: 'open-template-runs',
  text: `
    SELECT progress.next_offset AS "nextOffset", template.template_id AS "templateId", template.provisioning,
           template.deprovisioning
      FROM (SELECT next_offset FROM flows.projection_progress WHERE projection = $2 AND partition = $3) AS progress
      LEFT JOIN flows.templates template
        ON template.tenant_id = $1 AND (template.provisioning IS NOT NULL OR template.deprovisioning IS NOT NULL)`,
  columns: 'nextOffset int8, templateId text?, provisioning text?, deprovisioning text?',
});

export const ALL_OPEN_TEMPLATE_RUNS = publicQuery({
  name: 'all-open-template-runs',
  text: `
    SELECT tenant_id AS "tenantId", template_id AS "templateId", provisioning, deprovisioning, log_offset AS "changedAt"
      FROM flows.templates
     WHERE (provisioning IS NOT NULL OR deprovisioning IS NOT NULL) AND (tenant_id, template_id) > ($1, $2)
     ORDER BY tenant_id, template_id LIMIT $3`,
  columns: 'tenantId text, templateId text, provisioning text?, deprovisioning text?, changedAt int8',
});

/**
 * The run of a template that is under way: a deprovisioning begins when the provisioning that it ends is over.
 */
export type OpenTemplateRun = {
  readonly tenantId: string;
  readonly templateId: string;
  readonly executionId: string;
  readonly kind: 'provisioning' | 'deprovisioning';
};

type Open = Pick<OpenTemplateRun, 'tenantId' | 'templateId'> & {
  readonly provisioning: string | null;
  readonly deprovisioning: string | null;
};

const underWay = ({ tenantId, templateId, provisioning, deprovisioning }: Open): OpenTemplateRun => ({
  ...{ tenantId, templateId },
  executionId: provisioning ?? deprovisioning ?? '',
  kind: provisioning === null ? 'deprovisioning' : 'provisioning',
});

/** Runs of a tenant's templates that are under way, and the position of `partition` at that moment. */
export async function openTemplateRuns(pool: Pool, tenantId: string, partition: number) {
  const rows = await rowsOf(pool, OPEN_TEMPLATE_RUNS, [tenantId, CONTROL_PROJECTION, partition]);
  const runs = rows.flatMap(({ templateId, ...ids }) =>
    templateId === null ? [] : [underWay({ ...ids, tenantId, templateId })],
  );
  return { runs, nextOffset: rows[0]?.nextOffset ?? 0 };
}

/** A template's place in the order of tenants and templates. */
export type TemplatePlace = Pick<OpenTemplateRun, 'tenantId' | 'templateId'>;

/** As `openTemplateRuns` of all tenants, behind `after`; `changedAt`: offset of the template's last event. */
export async function allOpenTemplateRuns(pool: Pool, after: TemplatePlace, limit: number) {
  const rows = await rowsOf(pool, ALL_OPEN_TEMPLATE_RUNS, [after.tenantId, after.templateId, limit]);
  return rows.map(({ changedAt, ...open }) => ({ ...underWay(open), changedAt }));
}
