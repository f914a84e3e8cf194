import { isoTime } from './plain-text.js';

/** A flow as the read model holds it; times are epoch milliseconds, `definition` is compact JSON text. */
export type FlowRow = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  /** Offset of the event that created it: tells a flow from an earlier one under the same id. */
  readonly generation: number;
  /** Offset of the command that created it; null of one from before this was kept. */
  readonly birth: number | null;
  readonly name: string;
  readonly dslApiVersion: string;
  readonly definition: string | null;
  readonly definitionYaml: string | null;
  readonly latestVersion: number | null;
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Null while the flow exists. */
  readonly deletedAt: number | null;
};

/** The flow resource (flows-api 5) as JSON text; the definition is put in as it is, without parsing. */
export function flowResourceJson(row: FlowRow): string {
  const before = JSON.stringify({
    flowId: row.flowId,
    name: row.name,
    status: 'draft',
    dslApiVersion: row.dslApiVersion,
    definitionYaml: row.definitionYaml,
  });
  const after = JSON.stringify({
    latestVersion: row.latestVersion,
    revision: row.revision,
    createdBy: row.createdBy,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  });
  return `${before.slice(0, -1)},"definition":${row.definition ?? '{}'},${after.slice(1)}`;
}
