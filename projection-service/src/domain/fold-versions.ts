import type { LoggedEvent } from './logged-event.js';
import { plainText, plainTextOrNull } from '@flowplane/contracts/read-model';

export type VersionRow = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly generation: number;
  readonly version: number;
  readonly dslApiVersion: string;
  readonly definition: string;
  readonly definitionYaml: string | null;
  /** JSON array of the registrations. */
  readonly triggers: string;
  readonly createdBy: string;
  readonly createdAt: number;
};

/**
 * The version that an event publishes.
 *
 * @param generation of the flow when it was published
 */
export function publishedVersion(
  { message: event }: LoggedEvent,
  generation: number | undefined,
): VersionRow | undefined {
  if (event.type !== 'FlowVersionPublished' || generation === undefined) return undefined;
  const { meta, data } = event;
  return {
    tenantId: meta.tenantId,
    workspaceId: meta.workspaceId,
    flowId: data.flowId,
    generation,
    version: data.version,
    dslApiVersion: plainText(data.dslApiVersion),
    definition: data.definition,
    definitionYaml: plainTextOrNull(data.definitionYaml),
    triggers: JSON.stringify(data.triggers),
    createdBy: plainText(meta.actorId),
    createdAt: meta.occurredAt,
  };
}

export type ArchivedVersion = Pick<VersionRow, 'tenantId' | 'workspaceId' | 'flowId' | 'generation' | 'version'> & {
  readonly archivedAt: number;
};

/**
 * The version that an event removes.
 *
 * @param generation of the flow then
 */
export function archivedVersion({ message: event }: LoggedEvent, generation: number): ArchivedVersion | undefined {
  if (event.type !== 'FlowVersionArchived') return undefined;
  const { tenantId, workspaceId, occurredAt } = event.meta;
  return { tenantId, workspaceId, ...event.data, generation, archivedAt: occurredAt };
}
