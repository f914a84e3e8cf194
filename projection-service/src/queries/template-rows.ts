import {
  showTemplate,
  TEMPLATE_WORKSPACE,
  type JsonObject,
  type Template,
  type TemplateResource,
  type TemplateUser,
} from '@flowplane/contracts';
import { queryAsTenant, type Pool } from '@flowplane/plumbing/postgres';

/** A row of `templates` without its document. */
export type StateRow = {
  readonly template_id: string;
  readonly revision: string;
  readonly owner: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly provisioned_at: Date | null;
  readonly state: string;
  readonly progress: string;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly error: string | null;
  readonly resources: string;
};

const STATE = `template_id, revision, owner, created_at, updated_at, provisioned_at, state, progress, started_at,
               ended_at, error, resources`;

/** Statements as the tenant, in the workspace of templates. */
export async function templateRows<Row>(
  pool: Pool,
  tenantId: string,
  statement: { readonly name: string; readonly text: string; readonly values: readonly unknown[] },
): Promise<readonly Row[]> {
  const { rows } = await queryAsTenant(pool, { tenantId, workspaceId: TEMPLATE_WORKSPACE }, statement);
  return rows as unknown as readonly Row[];
}

export const templateColumns = STATE;

/** What may be shown beside the document itself. */
export type Shown = { readonly user: boolean; readonly tenantId: string | undefined };

export const ownerOf = (row: Pick<StateRow, 'owner'>): TemplateUser | undefined =>
  row.owner === null ? undefined : (JSON.parse(row.owner) as TemplateUser);

/** A template as GET and searches show it; the times are the server's. */
export function shownTemplate(row: StateRow, document: Template, shown: Shown & { readonly uiMetadata: boolean }) {
  const { tenantId } = shown;
  const owner = ownerOf(row);
  return showTemplate(
    {
      ...document,
      ...{ createdTime: row.created_at.getTime(), lastUpdatedTime: row.updated_at.getTime() },
      ...(row.provisioned_at === null ? {} : { lastProvisionedTime: row.provisioned_at.getTime() }),
      ...(owner === undefined ? {} : { user: userObject(owner) }),
      ...(tenantId === undefined ? {} : { tenantId }),
    },
    { user: shown.user, tenant: tenantId !== undefined, uiMetadata: shown.uiMetadata },
  );
}

export const userObject = (user: TemplateUser): JsonObject => ({
  name: user.name,
  backend_roles: [...user.backend_roles],
  roles: [...user.roles],
  custom_attribute_names: [...user.custom_attribute_names],
});

/** A state as `_status?all=true` and searches show it (provisioning 9). */
export function shownState(row: StateRow, { user, tenantId }: Shown): JsonObject {
  const resources = JSON.parse(row.resources) as readonly TemplateResource[];
  const owner = ownerOf(row);
  return {
    workflow_id: row.template_id,
    ...(row.error === null ? {} : { error: row.error }),
    state: row.state,
    provisioning_progress: row.progress,
    ...(row.started_at === null ? {} : { provision_start_time: row.started_at.getTime() }),
    ...(row.ended_at === null ? {} : { provision_end_time: row.ended_at.getTime() }),
    ...(user && owner !== undefined ? { user: userObject(owner) } : {}),
    ...(resources.length === 0 ? {} : { resources_created: resources.map((one) => ({ ...one })) }),
    ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
  };
}
