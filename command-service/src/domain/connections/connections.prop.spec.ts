import type { Command, Event } from '@flowplane/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { naming, put, removeConnection } from '../../../test/connection-story.js';
import { contextAt, T0, take } from '../../../test/decider-specification.js';
import { archive, create, publish, remove } from '../../../test/story.js';
import type { Decision } from '../decision.js';
import { evolve } from '../decider.js';
import { flowOf } from '../flows/state.js';
import { emptyTenantState, stateFromJson, stateToJson, type TenantState } from '../tenant-state.js';

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const flowId = fc.constantFrom('f1', 'f2');
const meta = fc.constantFrom('w1', 'w1', 'w2').map((workspaceId) => ({ workspaceId }));
const secret = fc.integer({ min: 1, max: 3 }).map((number) => ({ secretId: `s${number}`, fingerprint: `p${number}` }));
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(name, secret, meta, fc.constantFrom('http', 'smtp')).map(([id, data, m, kind]) => put(id, data, m, kind)),
  fc.tuple(name, meta).map(([id, m]) => removeConnection(id, m)),
  fc.tuple(flowId, meta).map(([id, m]) => create(id, {}, m)),
  fc
    .tuple(flowId, fc.array(name, { maxLength: 3 }), meta)
    .map(([id, names, m]) => publish(0, id, { definition: naming(...names) }, m)),
  fc.tuple(fc.integer({ min: 1, max: 3 }), flowId, meta).map(([version, id, m]) => archive(version, id, m)),
  fc.tuple(flowId, meta).map(([id, m]) => remove(id, null, m)),
);
const commands = fc.array(command, { minLength: 1, maxLength: 60, size: 'max' });

/** Decides a story; each publish is of the draft as it is then. */
function play(
  story: readonly Command[],
  onStep: (command: Command, decision: Decision, before: readonly Event[]) => void = () => undefined,
): { readonly state: TenantState; readonly events: readonly Event[] } {
  const state = emptyTenantState();
  const events: Event[] = [];
  for (const [index, sent] of story.entries()) {
    const one = { ...structuredClone(sent), meta: { ...sent.meta, commandId: `c${index}` } } as Command;
    const draft = one.type === 'PublishFlow' ? flowOf(state.flows, one.meta, one.data.flowId)?.revision : undefined;
    const asked = one.type === 'PublishFlow' ? { ...one, data: { ...one.data, draftRevision: draft ?? -1 } } : one;
    const { decision, events: recorded } = take(state, asked, contextAt(T0 + index, {}, index));
    onStep(asked, decision, events);
    events.push(...recorded);
  }
  return { state, events };
}

/** What the log alone says: connections, and the names that each kept version refers to. */
function readLog(events: readonly Event[]) {
  const connections = new Set<string>();
  const uses = new Map<string, { readonly workspaceId: string; readonly names: readonly string[] }>();
  for (const event of events) {
    const { workspaceId } = event.meta;
    const { data } = event as { readonly data: { readonly flowId?: string; readonly version?: number } };
    const version = `${workspaceId}/${data.flowId}/${data.version}`;
    if (event.type === 'ConnectionPut') connections.add(`${workspaceId}/${event.data.name}`);
    if (event.type === 'ConnectionRemoved') connections.delete(`${workspaceId}/${event.data.name}`);
    if (event.type === 'FlowVersionPublished') {
      const { nodes } = JSON.parse(event.data.definition) as { nodes: { input: { connection: string } }[] };
      uses.set(version, { workspaceId, names: nodes.map(({ input }) => input.connection) });
    }
    if (event.type === 'FlowVersionArchived') uses.delete(version);
    if (event.type === 'FlowDeleted') {
      for (const key of uses.keys()) if (key.startsWith(`${workspaceId}/${data.flowId}/`)) uses.delete(key);
    }
  }
  const isUsed = (workspaceId: string, connection: string): boolean =>
    [...uses.values()].some((use) => use.workspaceId === workspaceId && use.names.includes(connection));
  return { connections, isUsed };
}

test('a connection goes exactly while no kept version of its workspace refers to it, and there are never too many', () => {
  fc.assert(
    fc.property(commands, (story) => {
      play(story, ({ type, meta: { workspaceId }, data }, decision, before) => {
        if (type !== 'DeleteConnection' && type !== 'PutConnection') return;
        const log = readLog(before);
        const isThere = log.connections.has(`${workspaceId}/${data.name}`);
        const isUsed = log.isUsed(workspaceId, data.name);
        const code = decision.kind === 'rejected' ? decision.problem.code : undefined;
        const count = [...log.connections].filter((key) => key.startsWith(`${workspaceId}/`)).length;
        if (type === 'PutConnection') expect(code).toBe(!isThere && count >= 3 ? 'QUOTA_EXCEEDED' : undefined);
        else expect(code).toBe(isThere ? (isUsed ? 'CONNECTION_IN_USE' : undefined) : 'CONNECTION_NOT_FOUND');
      });
    }),
  );
});

test('folding what was recorded, or a snapshot, gives the state that was kept', () => {
  fc.assert(
    fc.property(commands, (story) => {
      const { state, events } = play(story);
      expect(events.reduce(evolve, emptyTenantState())).toEqual(state);
      expect(stateFromJson(stateToJson(state))).toEqual(state);
    }),
  );
});
