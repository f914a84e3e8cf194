import {
  assertNever,
  type EventMeta,
  type FlowCreated,
  type FlowDeleted,
  type FlowUpdated,
  type FlowVersionArchived,
  type FlowVersionPublished,
  type WebhookSecretRotated,
} from '@flowplane/contracts';
import { connectionNames } from '@flowplane/contracts/flow';
import { declaredInputs, type DeclaredInputs } from './declared-inputs.js';
import { namedVersions } from './sub-flow-versions.js';
import { headsOf, rotated, type TriggerHead } from './trigger-heads.js';

/** What decisions need of a flow. Its definition and name are the read models' business. */
export type FlowHead = {
  readonly revision: number;
  /** Revision that the last create or patch gave it. */
  readonly draftRevision: number;
  /** Offset of the command that created it, which distinguishes it from an earlier flow under the same id. */
  readonly birth: number;
  /** Highest published version; null: nothing is published. */
  readonly latestVersion: number | null;
  /** Triggers of the latest version, by trigger id. */
  readonly triggers: ReadonlyMap<string, TriggerHead>;
  /** Inputs that the latest version declares. */
  readonly inputs: DeclaredInputs;
  /** Versions that were removed; the latest is never among them. */
  readonly archived: ReadonlySet<number>;
  /** Of versions with sub-flow nodes: the versions of flows that these name (`versionKey`). */
  readonly subFlows: ReadonlyMap<number, readonly string[]>;
  /** Of versions that are kept and have tasks that name connections of the workspace: these names. */
  readonly connections: ReadonlyMap<number, readonly string[]>;
};

/** By workspace and flow id: ids of workspaces hold no `/`. */
export type FlowsState = Map<string, FlowHead>;

export const emptyFlows = (): FlowsState => new Map();

type Scope = Pick<EventMeta, 'workspaceId'>;

export const flowKey = ({ workspaceId }: Scope, flowId: string): string => `${workspaceId}/${flowId}`;

export const flowOf = (flows: FlowsState, scope: Scope, flowId: string): FlowHead | undefined =>
  flows.get(flowKey(scope, flowId));

/** The flows of a workspace, by flow id. */
export function* flowsOf(flows: FlowsState, { workspaceId }: Scope): Generator<readonly [string, FlowHead]> {
  const prefix = `${workspaceId}/`;
  for (const [key, flow] of flows) if (key.startsWith(prefix)) yield [key.slice(prefix.length), flow];
}

/** Whether a version was published and not removed. */
export const isKept = ({ latestVersion, archived }: FlowHead, version: number): boolean =>
  version >= 1 && version <= (latestVersion ?? 0) && !archived.has(version);

/** Versions that were published and not removed. */
export const keptVersions = ({ latestVersion, archived }: FlowHead): number => (latestVersion ?? 0) - archived.size;

/** True when the caller named a revision and it is not the flow's. */
export const isConflict = (expected: number | null, { revision }: FlowHead): boolean =>
  expected !== null && expected !== revision;

const UNPUBLISHED = {
  latestVersion: null,
  triggers: new Map<string, TriggerHead>(),
  inputs: null,
  archived: new Set<number>(),
  subFlows: new Map<number, readonly string[]>(),
  connections: new Map<number, readonly string[]>(),
} as const;

type FlowEvent =
  FlowCreated | FlowUpdated | FlowDeleted | FlowVersionPublished | FlowVersionArchived | WebhookSecretRotated;

export function evolveFlows(flows: FlowsState, event: FlowEvent): void {
  const key = flowKey(event.meta, event.data.flowId);
  const flow = flows.get(key);
  switch (event.type) {
    case 'FlowCreated': {
      const { revision } = event.data;
      const birth = event.meta.commandOffset;
      flows.set(key, { revision, draftRevision: revision, birth, ...UNPUBLISHED });
      return;
    }
    case 'FlowUpdated':
      if (flow === undefined) return;
      flows.set(key, { ...flow, revision: event.data.revision, draftRevision: event.data.revision });
      return;
    case 'FlowDeleted':
      flows.delete(key);
      return;
    case 'FlowVersionPublished': {
      if (flow === undefined) return;
      const { revision, version: latestVersion, definition } = event.data;
      const triggers = headsOf(event.data.triggers, flow.triggers);
      const named = namedVersions(definition);
      const subFlows = named.length === 0 ? flow.subFlows : new Map(flow.subFlows).set(latestVersion, named);
      const names = connectionNames(definition);
      const connections = names.length === 0 ? flow.connections : new Map(flow.connections).set(latestVersion, names);
      const ofVersion = { latestVersion, triggers, inputs: declaredInputs(definition) };
      flows.set(key, { ...flow, revision, ...ofVersion, subFlows, connections });
      return;
    }
    case 'FlowVersionArchived': {
      if (flow === undefined) return;
      const { version } = event.data;
      const subFlows = new Map(flow.subFlows);
      subFlows.delete(version);
      const connections = new Map(flow.connections);
      connections.delete(version);
      flows.set(key, { ...flow, archived: new Set(flow.archived).add(version), subFlows, connections });
      return;
    }
    case 'WebhookSecretRotated': {
      const { triggerId, secret, previousValidUntil } = event.data;
      const head = flow?.triggers.get(triggerId);
      if (flow === undefined || head === undefined) return;
      const triggers = new Map(flow.triggers).set(triggerId, rotated(head, secret, previousValidUntil));
      flows.set(key, { ...flow, triggers });
      return;
    }
    default:
      assertNever(event);
  }
}

export const flowsToJson = (flows: FlowsState) =>
  [...flows].map(([key, flow]) => {
    const { triggers, archived, subFlows, connections } = flow;
    const lists = { subFlows: [...subFlows], connections: [...connections] };
    return [key, { ...flow, triggers: [...triggers], archived: [...archived], ...lists }] as const;
  });

export const flowsFromJson = (saved: ReturnType<typeof flowsToJson>): FlowsState =>
  new Map(
    saved.map(([key, flow]) => {
      const { triggers, archived, subFlows, connections } = flow;
      const maps = { triggers: new Map(triggers), subFlows: new Map(subFlows), connections: new Map(connections) };
      return [key, { ...flow, ...maps, archived: new Set(archived) }] as const;
    }),
  );
