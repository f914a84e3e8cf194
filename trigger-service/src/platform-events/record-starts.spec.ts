import { problem } from '@flowplane/contracts';
import { makeLogger } from '@flowplane/plumbing/logging';
import { expect, it } from 'vitest';
import { makeRecordStarts, type LanePorts, type Start } from './record-starts.js';

const unused = (): never => {
  throw new Error('not asked for here');
};
const registration = {
  ...{ tenantId: 'T', workspaceId: 'W', flowId: 'F', triggerId: 'F:platform-event:tick', topic: 'evt.W.tick' },
  ...{ filter: null, dedupeKey: null },
} as never;
const start = {
  record: { partition: 0, offset: 7, key: null, value: Buffer.from('{}'), headers: {} },
  judgement: { kind: 'start', event: { input: '{}', headers: {}, depth: null }, dedupeKey: null },
} as unknown as Start;

it('quotas that cannot be asked while the store is away are asked again', async () => {
  const denied = problem('QUOTA_EXCEEDED', { dimension: 'max_concurrent_executions' });
  let asked = 0;
  const ports: LanePorts = {
    ...{ send: unused as never, judge: unused, deadLetters: { send: unused }, count: unused, onFatal: unused },
    decided: () => ({ promise: new Promise(() => undefined), drop: () => undefined }),
    verdictOf: () => (++asked === 1 ? Promise.reject(new Error('Connection terminated')) : Promise.resolve(denied)),
    ...{ strictInputs: false, maxRetries: 0, now: () => 0 },
    logger: makeLogger({ service: 'spec', level: 'silent' }),
  };
  const starts = makeRecordStarts(ports, {
    ...{ registration: () => registration, topic: { topicId: 'id', incarnation: 1 } as never, partition: 0 },
    ...{ signal: new AbortController().signal, settle: unused, defer: unused },
  });
  const { command } = await starts.begin(start, 1);
  expect(command.data).toMatchObject({ verdict: denied });
  expect(asked).toBe(2);
});
