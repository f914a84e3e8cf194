import type { FlowCreated, FlowUpdated } from '@flowplane/contracts';
import type { FlowRow } from './flow-row.js';
import { flowKeyOfEvent, type FlowKey, type LoggedEvent } from './logged-event.js';
import { plainText, plainTextOrNull } from './plain-text.js';

/** Flows after a batch, by key: those loaded before it, changed and added to by its events. */
export type FlowsFold = {
  readonly rows: Map<FlowKey, FlowRow>;
  /** Keys whose row must be written. */
  readonly changed: Set<FlowKey>;
};

/** Takes one event into the flows table. An event about a flow that is not known changes nothing. */
export function foldFlow(fold: FlowsFold, { offset, message: event }: LoggedEvent): void {
  switch (event.type) {
    case 'FlowCreated':
      return put(fold, createdFlow(event, offset));
    case 'FlowUpdated':
      return change(fold, flowKeyOfEvent(event, event.data.flowId), (row) => updatedFlow(row, event));
    case 'FlowVersionPublished': {
      const { version, revision } = event.data;
      const updatedAt = event.meta.occurredAt;
      const publish = (row: FlowRow): FlowRow => ({ ...row, latestVersion: version, revision, updatedAt });
      return change(fold, flowKeyOfEvent(event, event.data.flowId), publish);
    }
    case 'FlowDeleted': {
      const { occurredAt } = event.meta;
      return change(fold, flowKeyOfEvent(event, event.data.flowId), (row) => ({
        ...row,
        definition: null,
        definitionYaml: null,
        revision: event.data.revision,
        updatedAt: occurredAt,
        deletedAt: occurredAt,
      }));
    }
    default:
  }
}

function put(fold: FlowsFold, row: FlowRow): void {
  const key = `${row.tenantId}:${row.workspaceId}:${row.flowId}`;
  fold.rows.set(key, row);
  fold.changed.add(key);
}

function change(fold: FlowsFold, key: FlowKey, next: (row: FlowRow) => FlowRow): void {
  const row = fold.rows.get(key);
  if (row !== undefined && row.deletedAt === null) put(fold, next(row));
}

function createdFlow({ meta, data }: FlowCreated, offset: number): FlowRow {
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
function updatedFlow(row: FlowRow, { meta, data }: FlowUpdated): FlowRow {
  return {
    ...row,
    name: data.name === null ? row.name : plainText(data.name),
    definition: data.definition ?? row.definition,
    definitionYaml: data.definition === null ? row.definitionYaml : plainTextOrNull(data.definitionYaml),
    revision: data.revision,
    updatedAt: meta.occurredAt,
  };
}
