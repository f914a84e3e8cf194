import type { Pool } from '@flowplane/plumbing/postgres';
import { TEMPLATE_WORKSPACE } from '@flowplane/contracts';
import { publicQuery, rowsOf, tenantRowsOf, type RowOf } from './public-query.js';

/** A template with its state, or what is left of it. `document`, `owner`, `resources`, `completed`: JSON texts. */
export const STORED_TEMPLATE = publicQuery({
  name: 'stored-template',
  text: `
    SELECT document, revision, owner, state, progress, error, error_status AS "errorStatus", resources, completed,
           provisioning, deprovisioning
      FROM flows.templates WHERE template_id = $1`,
  columns: `document text?, revision int8, owner text?, state text, progress text, error text?, errorStatus int4?, resources text, completed text, provisioning text?, deprovisioning text?`,
});

export const TEMPLATE_OF_ANOTHER = publicQuery({
  name: 'template-of-another',
  text: 'SELECT EXISTS (SELECT 1 FROM flows.templates WHERE template_id = $1 AND tenant_id <> $2) AS found',
  columns: 'found bool',
});

/**
 * Where a run is under way, any secret may be one of its parameters, which no row has. Documents are compact JSON, so a
 * pointer has one form in them. An object of that form that a client has sent outside of a credential counts as well: it
 * only keeps a secret of the same tenant.
 */
export const TEMPLATE_SECRETS = publicQuery({
  name: 'template-secrets',
  text: `
    SELECT s.id FROM unnest($2::text[]) AS s (id)
     WHERE EXISTS (SELECT 1 FROM flows.templates t WHERE t.tenant_id = $1
                      AND (t.provisioning IS NOT NULL OR position('{"$secret":"' || s.id || '"}' IN t.document) > 0))`,
  columns: 'id text',
});

export type StoredTemplateRow = RowOf<(typeof STORED_TEMPLATE)['columns']>;

/** A template of the tenant, or the state that it has left. */
export async function storedTemplate(
  pool: Pool,
  tenantId: string,
  templateId: string,
): Promise<StoredTemplateRow | undefined> {
  return (await tenantRowsOf(pool, { tenantId, workspaceId: TEMPLATE_WORKSPACE }, STORED_TEMPLATE, [templateId]))[0];
}

/** Whether another tenant has something under this id. */
export async function isTemplateOfAnother(pool: Pool, tenantId: string, templateId: string): Promise<boolean> {
  return (await rowsOf(pool, TEMPLATE_OF_ANOTHER, [templateId, tenantId]))[0]?.found === true;
}

/** Those of the secrets that templates of the tenant refer to, as far as the read models have come. */
export async function templateSecretsInUse(
  pool: Pool,
  tenantId: string,
  secretIds: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set((await rowsOf(pool, TEMPLATE_SECRETS, [tenantId, secretIds])).map(({ id }) => id));
}
