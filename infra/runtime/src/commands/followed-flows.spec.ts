import type { Event, EventMeta } from '@flowplane/contracts';
import {
  flowAfter,
  flowResourceJson,
  isFlowChange,
  type FlowChange,
  type FlowRow,
} from '@flowplane/contracts/read-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeKnownFlows } from '../known-flows/index.js';
import { makeFollowedFlows } from './followed-flows.js';

let offset = 0;
function eventOf(type: Event['type'], data: object, tenantId = 'T'): Event {
  const commandOffset = offset++;
  const meta: EventMeta = {
    ...{ eventId: 'e', tenantId, workspaceId: 'W', commandId: 'c', commandType: 'CreateFlow', commandOffset },
    ...{ attempt: 1, index: 0, count: 1, actorId: 'alice', correlationId: 'c', traceparent: null },
    ...{ submittedAt: 0, occurredAt: commandOffset * 1000, idempotency: null },
  };
  return { type, meta, data } as unknown as Event;
}

const created = (flowId: string, tenantId?: string): Event => {
  const data = { flowId, name: `made ${offset}`, dslApiVersion: 'v1.0', definition: '{}', definitionYaml: null };
  return eventOf('FlowCreated', { ...data, revision: 1 }, tenantId);
};
const renamed = (flowId: string, revision: number, tenantId?: string): Event =>
  eventOf(
    'FlowUpdated',
    { flowId, name: `named ${offset}`, definition: null, definitionYaml: null, revision },
    tenantId,
  );

describe('a followed flow', () => {
  it('is known from its creation on, if somebody waited for that here', () => {
    const flows = makeFollowedFlows();
    expect(flows.take(created('mine'), 10, true)).toMatchObject({ generation: 10, revision: 1 });
    expect(flows.take(renamed('mine', 2), 11, false)).toMatchObject({ generation: 10, revision: 2 });
    expect(flows.take(renamed('mine', 3), 12, true)).toMatchObject({ generation: 10, revision: 3 });
    flows.take(created('other'), 13, false);
    expect(flows.take(renamed('other', 2), 14, true)).toBeUndefined();
  });

  it('is not known any more once something of it may have been missed', () => {
    const flows = makeFollowedFlows();
    flows.take(created('gap'), 10, true);
    expect(flows.take(renamed('gap', 3), 11, true)).toBeUndefined();
    expect(flows.take(renamed('gap', 4), 12, true)).toBeUndefined();
    flows.take(created('forgotten'), 13, true);
    flows.forget();
    expect(flows.take(renamed('forgotten', 2), 14, true)).toBeUndefined();
    flows.take(created('purged'), 15, true);
    flows.take(eventOf('TenantPurged', {}), 16, false);
    expect(flows.take(renamed('purged', 2), 17, true)).toBeUndefined();
  });

  it('is known from a patch on whose answer was read back, unless something has happened to it meanwhile', () => {
    const flows = makeFollowedFlows();
    const before = flowAfter(undefined, created('old') as FlowChange, 3) as FlowRow;
    const patch = renamed('old', 2) as FlowChange;
    const answer = flowResourceJson(flowAfter(before, patch, 10) as FlowRow);
    expect(flows.take(patch, 10, true)).toBeUndefined();
    flows.learn(patch, 10, answer);
    expect(flows.take(renamed('old', 3), 11, false)).toMatchObject({ flowId: 'old', revision: 3, createdBy: 'alice' });
    const other = renamed('other', 2) as FlowChange;
    flows.take(other, 12, true);
    flows.take(renamed('other', 3), 13, false);
    flows.learn(other, 12, answer.replace('"old"', '"other"'));
    expect(flows.take(renamed('other', 4), 14, true)).toBeUndefined();
    flows.learn(patch, 10, `${answer} `);
    flows.take(renamed('old', 7), 15, true);
    flows.learn(patch, 15, `${answer} `);
    expect(flows.take(renamed('old', 8), 16, true)).toBeUndefined();
  });

  it('is, whenever it is known, as all events before have left it', () => {
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom('create', 'rename', 'publish', 'delete'),
        flowId: fc.constantFrom('a', 'b'),
        tenantId: fc.constantFrom('T', 'U'),
        isAwaited: fc.boolean(),
        fate: fc.constantFrom('read', 'read', 'read', 'read', 'missed and noticed'),
        answeredAfter: fc.nat(2),
      }),
      { minLength: 10, maxLength: 60 },
    );
    let known = 0;
    fc.assert(
      fc.property(steps, fc.constantFrom(2000, 1_000_000), (drawn, maxBytes) => {
        const flows = makeFollowedFlows(makeKnownFlows(maxBytes));
        const truth = new Map<string, FlowRow>();
        let answers: { readonly due: number; readonly give: () => void }[] = [];
        drawn.forEach(({ kind, flowId, tenantId, isAwaited, fate, answeredAfter }, at) => {
          for (const { give } of answers.filter(({ due }) => due <= at)) give();
          answers = answers.filter(({ due }) => due > at);
          const key = `${tenantId}/${flowId}`;
          const row = truth.get(key);
          const exists = row !== undefined && row.deletedAt === null;
          if (exists === (kind === 'create')) return; // the decider refuses it
          const revision = (row?.revision ?? 0) + 1;
          const event =
            kind === 'create'
              ? created(flowId, tenantId)
              : kind === 'rename'
                ? renamed(flowId, revision, tenantId)
                : kind === 'publish'
                  ? eventOf('FlowVersionPublished', { flowId, version: at, revision }, tenantId)
                  : eventOf('FlowDeleted', { flowId, revision: row?.revision }, tenantId);
          if (!isFlowChange(event)) throw new TypeError(event.type);
          const after = flowAfter(row, event, at);
          if (after !== undefined) truth.set(key, after);
          if (fate !== 'read') return flows.forget();
          const taken = flows.take(event, at, isAwaited);
          if (taken === undefined) {
            const text = after === undefined ? '' : flowResourceJson(after);
            if (isAwaited) answers.push({ due: at + answeredAfter, give: () => flows.learn(event, at, text) });
            return;
          }
          known++;
          expect(flowResourceJson(taken)).toBe(flowResourceJson(after as FlowRow));
        });
      }),
    );
    expect(known).toBeGreaterThan(100);
  });
});
