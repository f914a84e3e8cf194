import { decodeMessage, DEFAULT_PROVISIONING_SETTINGS, type Command, type Event } from '@flowplane/contracts';
import type { TemplateCall } from '@flowplane/runtime/api';
import { expect, test } from 'vitest';
import { index } from '../../../test/template-story.js';
import { deprovisionTemplate } from './removal-routes.js';
import { makeRunEnds } from './run-ends.js';
import type { TemplateContext } from './template-context.js';

const call = (allowDelete: string): TemplateCall =>
  ({
    ...{
      tenantId: 'T',
      workspaceId: '_tpl',
      correlationId: 'c',
      traceparent: null,
      url: '/w',
      path: '/w',
      format: 'json',
      pairs: [],
    },
    ...{ params: { templateId: 'K1' }, query: {}, headers: {}, body: Buffer.alloc(0), user: undefined },
    identity: { actorId: 'alice', roles: [] },
    settings: DEFAULT_PROVISIONING_SETTINGS,
    signal: new AbortController().signal,
    ...(allowDelete === '' ? {} : { pairs: [['allow_delete', allowDelete]] }),
  }) as unknown as TemplateCall;

/**
 * A log in which a run is under way that may delete nothing, and in which every run ends as soon as it is waited for. What
 * was permitted meanwhile another run takes away.
 */
function world() {
  const sent: Extract<Command, { readonly type: 'DeprovisionTemplate' }>[] = [];
  const runEnds = makeRunEnds();
  let underWay: string | null = 'earlier';
  /** What the run may delete, and what those have permitted that joined it. */
  let permits: readonly string[] = [];
  let permitted: readonly string[] = [];
  let settle: (decided: unknown) => void = () => undefined;
  const decide = (command: Command): void => {
    if (command.type !== 'DeprovisionTemplate') throw new TypeError(`unexpected ${command.type}`);
    sent.push(command);
    const { data } = command;
    const more = data.allowDelete.some((id) => !permitted.includes(id));
    if (underWay === null) permits = data.allowDelete;
    underWay ??= data.executionId;
    permitted = [...permitted, ...data.allowDelete];
    const event =
      more || underWay === data.executionId
        ? { type: 'DeprovisioningRequested', data: { ...data, executionId: underWay } }
        : {
            type: 'CommandAcknowledged',
            data: { reason: 'already', originalCommandId: null, executionId: underWay },
          };
    settle({ event: { ...event, meta: { commandType: command.type } }, position: { partition: 0, offset: 1 } });
  };
  const end = (): void => {
    const setAside = [index('docs'), index('logs')].filter(({ resource_id: id }) => !permits.includes(id));
    const data = { templateId: 'K1', executionId: underWay, failed: [], setAside, remaining: setAside };
    underWay = setAside.some(({ resource_id: id }) => permitted.includes(id)) ? 'another' : null;
    permits = permitted;
    runEnds.heard({ type: 'DeprovisioningFinished', data } as unknown as Event);
  };
  const found = () => ({ kind: 'own', deprovisioning: underWay, provisioning: null, resources: [], progress: 'DONE' });
  const context = {
    ...{ partitions: 1, source: 'test', commandWaitMs: 60_000, maxRunWaitMs: 60_000 },
    runEnds: {
      ...runEnds,
      of: (executionId: string) => {
        setImmediate(end);
        return runEnds.of(executionId);
      },
    },
    rates: { admit: () => undefined, charge: () => undefined },
    guard: { admit: () => undefined },
    projected: () => Promise.resolve(true),
    templateOf: () => Promise.resolve(found()),
    tail: {
      reached: () => ({ partition: 0, offset: 1 }),
      decided: () => ({ promise: new Promise((resolve) => (settle = resolve)), drop: () => undefined }),
    },
    producer: {
      append: ({ value }: { readonly value: Buffer }) => {
        const message = decodeMessage(value);
        if (message.kind === 'command') decide(message.command);
        return Promise.resolve({ partition: 0, offset: 0 });
      },
    },
  } as unknown as TemplateContext;
  return { context, sent };
}

test.each([
  ['what it permits beyond that another run removes', 'docs,logs', 2, 200],
  ['what it does not permit either stays', '', 1, 403],
] as const)('a deprovisioning waits for the one under way; %s', async (_what, allowDelete, commands, status) => {
  const { context, sent } = world();
  const answer = await deprovisionTemplate(context, call(allowDelete));
  expect([answer.status, sent.length]).toEqual([status, commands]);
  expect(new Set(sent.map(({ meta }) => meta.commandId)).size).toBe(commands);
});
