import type { FlowRow } from '@flowplane/contracts/read-model';

/** A row of `flows` as the driver returns it: bigint as text, timestamptz as Date. */
export type FlowRecord = {
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly flow_id: string;
  readonly generation: string;
  readonly birth: string | null;
  readonly name: string;
  readonly dsl_api_version: string;
  readonly definition: string | null;
  readonly definition_yaml: string | null;
  readonly latest_version: number | null;
  readonly revision: string;
  readonly created_by: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted_at: Date | null;
};

export const flowRowOf = (record: FlowRecord): FlowRow => ({
  tenantId: record.tenant_id,
  workspaceId: record.workspace_id,
  flowId: record.flow_id,
  generation: Number(record.generation),
  birth: record.birth === null ? null : Number(record.birth),
  name: record.name,
  dslApiVersion: record.dsl_api_version,
  definition: record.definition,
  definitionYaml: record.definition_yaml,
  latestVersion: record.latest_version,
  revision: Number(record.revision),
  createdBy: record.created_by,
  createdAt: record.created_at.getTime(),
  updatedAt: record.updated_at.getTime(),
  deletedAt: record.deleted_at?.getTime() ?? null,
});
