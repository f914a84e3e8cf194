import type {
  CommandMeta,
  DeleteConnection,
  FlowVersionRef,
  PutConnection,
  SupersededSecret,
} from '@flowplane/contracts';
import { accepted, refusedAs, type Decision, type DecisionContext } from '../decision.js';
import { flowsOf, type FlowsState } from '../flows/state.js';
import type { TenantState } from '../tenant-state.js';
import { connectionOf, countConnections, type ConnectionHead } from './state.js';

/** Versions that a refusal names; the message counts all. */
const MAX_NAMED = 100;
/** How long a secret stays readable after another one has taken its place: as long as an attempt's token may live. */
const SUPERSEDED_GRACE_MS = 86_400_000;
/** Superseded secrets of a connection that stay readable. */
const MAX_SUPERSEDED = 20;

/**
 * 429 `max_connections`, of a new one (tasks 9.1). A PUT that repeats what is there is another version all the same.
 */
export function putConnection(state: TenantState, { meta, data }: PutConnection, { now }: DecisionContext): Decision {
  const { maxConnections, ...content } = data;
  const before = connectionOf(state.connections, meta, data.name);
  if (before === undefined) {
    const usage = countConnections(state.connections, meta);
    if (usage >= maxConnections) {
      const quota = { limit: maxConnections, usage };
      return refusedAs('QUOTA_EXCEEDED', {}, { dimension: 'max_connections', quota });
    }
  }
  const isRotated = before === undefined || before.fingerprint !== data.fingerprint;
  return accepted({
    type: 'ConnectionPut',
    data: {
      ...content,
      version: (before?.version ?? 0) + 1,
      createdAt: before?.createdAt ?? now,
      rotatedAt: isRotated ? now : before.rotatedAt,
      rotatedBy: isRotated ? meta.actorId : before.rotatedBy,
      superseded: before === undefined ? [] : stillReadable(before, now),
    },
  });
}

/** 404 → 409 while a published version refers to it (tasks 9.3). Drafts and removed versions do not count. */
export function deleteConnection(state: TenantState, { meta, data }: DeleteConnection): Decision {
  const { name } = data;
  if (connectionOf(state.connections, meta, name) === undefined) return refusedAs('CONNECTION_NOT_FOUND');
  return refusedInUse(state.flows, meta, name) ?? accepted({ type: 'ConnectionRemoved', data: { name } });
}

/** What is superseded by a PUT at `now`, or was not long before. */
function stillReadable({ secretId, superseded }: ConnectionHead, now: number): readonly SupersededSecret[] {
  const latest = secretId === null ? [] : [{ secretId, until: now + SUPERSEDED_GRACE_MS }];
  return [...latest, ...superseded.filter(({ until }) => until > now)].slice(0, MAX_SUPERSEDED);
}

function refusedInUse(flows: FlowsState, scope: CommandMeta, name: string): Decision | undefined {
  const versions = usersOf(flows, scope, name);
  const [first] = versions;
  if (first === undefined) return undefined;
  const others = versions.length === 1 ? '' : ` and ${versions.length - 1} more`;
  const users = `version ${first.version} of flow ${first.flowId}${others}`;
  const message = `The connection ${name} is used by ${users}: remove these versions, or delete their flows, first.`;
  return refusedAs('CONNECTION_IN_USE', {}, { message, versions: versions.slice(0, MAX_NAMED) });
}

/** Published versions of the workspace that are kept and name the connection. */
function usersOf(flows: FlowsState, scope: CommandMeta, name: string): readonly FlowVersionRef[] {
  const users: FlowVersionRef[] = [];
  for (const [flowId, { connections }] of flowsOf(flows, scope)) {
    for (const [version, names] of connections) if (names.includes(name)) users.push({ flowId, version });
  }
  return users;
}
