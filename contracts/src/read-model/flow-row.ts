import type { Event, FlowCreated, FlowUpdated } from '../log/messages/index.js';
import { isoTime, plainText, plainTextOrNull } from './plain-text.js';

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

/** What changes the row of a flow. */
export type FlowChange = Extract<
  Event,
  { readonly type: 'FlowCreated' | 'FlowUpdated' | 'FlowVersionPublished' | 'FlowDeleted' }
>;

const CHANGES: ReadonlySet<string> = new Set<FlowChange['type']>([
  'FlowCreated',
  'FlowUpdated',
  'FlowVersionPublished',
  'FlowDeleted',
]);

export const isFlowChange = (event: Event): event is FlowChange => CHANGES.has(event.type);

/**
 * The row that an event leaves of a flow.
 *
 * @param before its row before; undefined: none is known
 * @param offset of the event
 * @returns undefined where the event changes nothing, since there is no such flow
 */
export function flowAfter(before: FlowRow | undefined, event: FlowChange, offset: number): FlowRow | undefined {
  if (event.type === 'FlowCreated') return createdFlow(event, offset);
  if (before === undefined || before.deletedAt !== null) return undefined;
  const { revision } = event.data;
  const updatedAt = event.meta.occurredAt;
  switch (event.type) {
    case 'FlowUpdated':
      return { ...updatedFlow(before, event), revision, updatedAt };
    case 'FlowVersionPublished':
      return { ...before, latestVersion: event.data.version, revision, updatedAt };
    case 'FlowDeleted':
      return { ...before, definition: null, definitionYaml: null, revision, updatedAt, deletedAt: updatedAt };
  }
}

/** @param offset of the event */
export function createdFlow({ meta, data }: FlowCreated, offset: number): FlowRow {
  return {
    tenantId: meta.tenantId,
    workspaceId: meta.workspaceId,
    flowId: data.flowId,
    generation: offset,
    birth: meta.commandOffset,
    name: plainText(data.name),
    dslApiVersion: plainText(data.dslApiVersion),
    definition: data.definition,
    definitionYaml: plainTextOrNull(data.definitionYaml),
    latestVersion: null,
    revision: data.revision,
    createdBy: plainText(meta.actorId),
    createdAt: meta.occurredAt,
    updatedAt: meta.occurredAt,
    deletedAt: null,
  };
}

/** Absent members stay; a definition without YAML clears the YAML that was kept. */
const updatedFlow = (row: FlowRow, { data }: FlowUpdated): FlowRow => ({
  ...row,
  name: data.name === null ? row.name : plainText(data.name),
  definition: data.definition ?? row.definition,
  definitionYaml: data.definition === null ? row.definitionYaml : plainTextOrNull(data.definitionYaml),
});

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

/** Of a row that is known by what is shown of it. */
const NOT_SHOWN = { generation: -1, birth: null, deletedAt: null };

/**
 * The row that a flow resource shows.
 *
 * @param text as `flowResourceJson` made it
 * @returns undefined where the text does not follow from a row
 */
export function rowShown(
  text: string,
  { tenantId, workspaceId }: Pick<FlowRow, 'tenantId' | 'workspaceId'>,
): FlowRow | undefined {
  const { definition, createdAt, updatedAt, ...shown } = JSON.parse(text) as Shown;
  const row: FlowRow = {
    ...{ tenantId, workspaceId, ...NOT_SHOWN },
    ...{ flowId: shown.flowId, name: shown.name, dslApiVersion: shown.dslApiVersion },
    ...{ definition: JSON.stringify(definition), definitionYaml: shown.definitionYaml },
    ...{ latestVersion: shown.latestVersion, revision: shown.revision, createdBy: shown.createdBy },
    ...{ createdAt: Date.parse(createdAt), updatedAt: Date.parse(updatedAt) },
  };
  const isWhole = definition !== undefined && !Number.isNaN(row.createdAt) && !Number.isNaN(row.updatedAt);
  return isWhole && flowResourceJson(row) === text ? row : undefined;
}

type Shown = Pick<
  FlowRow,
  'flowId' | 'name' | 'dslApiVersion' | 'definitionYaml' | 'latestVersion' | 'revision' | 'createdBy'
> & { readonly definition: unknown; readonly createdAt: string; readonly updatedAt: string };
