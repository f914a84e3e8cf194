import { longOr } from '@flowplane/stack';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { signedTenant, TOKEN_SETTINGS } from '../../../test/tasks/attempts.js';
import { hostileEvents } from '../../../test/tasks/hostile-inputs.js';
import { makeDispatch } from '../dispatch.js';
import { TaskError } from '../task-error.js';
import { makeEventsPublish } from './events-publish.js';

const CASES = longOr({ numRuns: 400, seed: 13 }, { numRuns: 50_000 });

it('topics of others are not written to, and no record claims to be theirs, whatever is asked', async () => {
  const written: { readonly topic: string; readonly scope: object; readonly headers: object }[] = [];
  let name = '';
  let scope = {};
  const publish = makeEventsPublish({
    eventTopics: {
      use: (owner, spec, _user, work) => {
        scope = owner;
        name = spec.name;
        return work(spec);
      },
    },
    publish: (_topic, records) => {
      for (const { headers = {} } of records) written.push({ topic: name, scope, headers });
      return Promise.resolve();
    },
  });
  const handlers = new Map([['events.publish', publish]]);
  const dispatch = makeDispatch({ token: TOKEN_SETTINGS, maxIoBytes: 100_000, handlers, echo: undefined });
  const bounds = { signal: new AbortController().signal, startToCloseMs: 60_000 };
  await fc.assert(
    fc.asyncProperty(hostileEvents, async (params) => {
      const tenant = signedTenant('t1', 'w1');
      const ended = dispatch({ nodeId: 'n', taskType: 'events.publish', params, tenant }, bounds);
      const fault = await ended.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (fault !== undefined) expect(fault).toBeInstanceOf(TaskError);
    }),
    CASES,
  );
  expect(written.length).toBeGreaterThan(20);
  for (const { topic, scope: owner, headers } of written) {
    // No workspace has a dot in its id: what is behind the second one is the workspace's own.
    expect(topic).toMatch(/^evt\.w1\.[a-zA-Z0-9][a-zA-Z0-9._-]{0,159}$/);
    expect(owner).toMatchObject({ tenantId: 't1', workspaceId: 'w1' });
    expect(headers).toMatchObject({ ce_tenantid: 't1', ce_workspaceid: 'w1' });
  }
});
