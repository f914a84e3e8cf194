import { describe, expect, it } from 'vitest';
import { given } from '../../../test/decider-specification.js';
import { story } from '../../../test/story.js';
import { fence } from '../../../test/teardown-story.js';
import {
  createTemplate,
  deleteTemplate,
  deprovision,
  deprovisioned,
  index,
  nodeStarted,
  provision,
  provisioned,
  resourceCreated,
  resourceRemoved,
  updateTemplate,
} from '../../../test/template-story.js';

const VERDICT = {
  ...{ status: 400, code: 'TEMPLATE_REFUSED', message: 'no' },
  ...{ errors: null, dimension: null, retryAfterSeconds: null },
};
const CREATED = [createTemplate()];
const UNDER_WAY = [...CREATED, provision()];
const DOCS = [...UNDER_WAY, resourceCreated('docs')];
const DONE = [...DOCS, resourceCreated('logs'), provisioned()];
const ENDED = {
  ...{ templateId: 't1', executionId: 'p1', error: null, errorStatus: null },
  ...{ completed: [], unsure: [], next: null },
};
const STORED_ONLY = { executionId: null, notProvisioned: null };
const refusal = (status: number, message: string) => ({ status, message });

describe('documents of templates', () => {
  it('are created, and repeats of the command change nothing', () => {
    given([])
      .when(createTemplate('t1', { template: '{"name":"demo"}', secretIds: ['s1'] }))
      .thenAccepted({
        type: 'TemplateCreated',
        data: {
          ...{ templateId: 't1', template: '{"name":"demo"}', secretIds: ['s1'], user: null, templateRevision: 1 },
          ...STORED_ONLY,
        },
      });
    given(story(...CREATED))
      .when(createTemplate())
      .thenAcknowledged({ reason: 'already' });
    given([])
      .when(createTemplate('t1', { verdict: VERDICT }))
      .thenRefused('TEMPLATE_REFUSED');
  });

  it('are bounded in number; one that is deleted counts no more', () => {
    const two = story(createTemplate('t1'), createTemplate('t2'));
    const third = createTemplate('t3', { maxTemplates: 2 });
    given(two).when(third).thenRefused('TEMPLATE_REFUSED', refusal(400, 'Maximum workflows limit reached: 2'));
    const { decision } = given([...two, ...story(deleteTemplate('t2'))]).when(third);
    expect(decision.kind).toBe('accepted');
    given([])
      .when(createTemplate('t1', { maxTemplates: 0 }))
      .thenRefused('TEMPLATE_REFUSED');
  });

  it('change as a whole only before anything was provisioned, single fields at any time', () => {
    given([])
      .when(updateTemplate())
      .thenRefused('TEMPLATE_NOT_FOUND', refusal(404, 'Failed to retrieve template (t1) from global context.'));
    given(story(...CREATED))
      .when(updateTemplate('t1', { template: '{"a":1}' }))
      .thenAccepted({
        type: 'TemplateUpdated',
        data: {
          ...{ templateId: 't1', template: '{"a":1}', secretIds: [], scope: 'whole', templateRevision: 2 },
          ...STORED_ONLY,
        },
      });
    given(story(...DONE))
      .when(updateTemplate())
      .thenRefused('TEMPLATE_REFUSED', {
        message:
          'The template can not be updated unless its provisioning state is NOT_STARTED: t1. Deprovision the workflow to reset the state.',
      });
    const { decision } = given(story(...DONE)).when(updateTemplate('t1', { scope: 'fields' }));
    expect(decision).toMatchObject({ change: { data: { scope: 'fields', templateRevision: 2 } } });
  });

  it.each([
    ['nothing was provisioned', CREATED, {}, true],
    ['resources exist', DONE, {}, false],
    ['resources exist and the state is to go', DONE, { clearStatus: true }, true],
    ['a provisioning is under way', DOCS, { clearStatus: true }, false],
  ])('are deleted where %s; the state goes only where nothing depends on it', (_what, before, data, stateCleared) => {
    given(story(...before))
      .when(deleteTemplate('t1', data))
      .thenAccepted({
        type: 'TemplateDeleted',
        data: { templateId: 't1', templateRevision: 1, existed: true, stateCleared },
      });
  });

  it('that are not there are deleted without effect, or refused where access is checked', () => {
    given([]).when(deleteTemplate()).thenAcknowledged({ reason: 'already' });
    given([])
      .when(deleteTemplate('t1', { mustExist: true }))
      .thenRefused('TEMPLATE_NOT_FOUND');
    const gone = story(...DONE, deleteTemplate());
    given(gone).when(deleteTemplate()).thenAcknowledged({ reason: 'already' });
    given(gone)
      .when(deleteTemplate('t1', { mustExist: true }))
      .thenRefused('TEMPLATE_NOT_FOUND');
    // The check reads the state where the state is to be cleared: who owns the resources can still do that.
    given(gone)
      .when(deleteTemplate('t1', { mustExist: true, clearStatus: true }))
      .thenAccepted({
        type: 'TemplateDeleted',
        data: { templateId: 't1', templateRevision: 1, existed: false, stateCleared: true },
      });
  });
});

describe('a template that is stored and provisioned with one command', () => {
  const run = (data: object = {}) => ({
    provision: {
      ...{
        executionId: 'p1',
        plan: '{"nodes":[]}',
        taskPollMs: 5000,
        secretIds: ['s2'],
        maxActive: null,
        verdict: null,
      },
      ...data,
    },
  });
  const stored = (templateId: string, templateRevision: number) => ({
    type: 'ProvisioningRequested',
    data: {
      ...{ templateId, executionId: 'p1', action: 'provision', templateRevision, plan: '{"nodes":[]}' },
      ...{ taskPollMs: 5000, template: null, secretIds: ['s2'] },
    },
  });

  it.each([
    ['created', [], createTemplate('t1', run()), 'TemplateCreated', 1],
    ['updated', CREATED, updateTemplate('t1', run()), 'TemplateUpdated', 2],
  ] as const)(
    'is %s, and its run requested of that revision, in one batch',
    (_what, before, command, type, revision) => {
      const events = given(story(...before)).take(command);
      expect(events.map(({ meta }) => [meta.index, meta.count])).toEqual([
        [0, 2],
        [1, 2],
      ]);
      expect(events).toMatchObject([
        { type, data: { templateRevision: revision, executionId: 'p1', notProvisioned: null } },
        stored('t1', revision),
      ]);
      const next = given(story(...before, command));
      next.when(provision('p2', { templateRevision: revision })).thenRefused('TEMPLATE_REFUSED', {
        message: expect.stringContaining('provisioning state is IN_PROGRESS') as string,
      });
      next
        .when(provisioned('p1'))
        .thenAccepted({ type: 'ProvisioningFinished', data: { ...ENDED, status: 'COMPLETED' } });
    },
  );

  const others = [createTemplate('t2'), provision('p2', { templateId: 't2' })];
  it.each([
    ['at the most runs', run({ maxActive: 1, verdict: VERDICT }), 429],
    ['by the verdict on its plan', run({ maxActive: 2, verdict: VERDICT }), 400],
  ])('is stored, and says so, where its run is refused %s', (_what, data, status) => {
    const [event, ...further] = given(story(...others)).take(createTemplate('t1', data));
    expect(event).toMatchObject({ type: 'TemplateCreated', data: { executionId: null, notProvisioned: { status } } });
    expect(further).toEqual([]);
    const changed = given(story(...others, createTemplate('t1', data))).take(updateTemplate('t1', data));
    expect(changed).toMatchObject([{ type: 'TemplateUpdated', data: { notProvisioned: { status } } }]);
  });

  it('is neither where the template is refused', () => {
    given([])
      .when(createTemplate('t1', { ...run(), maxTemplates: 0 }))
      .thenRefused('TEMPLATE_REFUSED');
    given(story(...DONE))
      .when(updateTemplate('t1', run()))
      .thenRefused('TEMPLATE_REFUSED');
  });

  it('is not run while it is being deprovisioned', () => {
    const [event] = given(story(...CREATED, deprovision())).take(updateTemplate('t1', run()));
    expect(event).toMatchObject({ data: { executionId: null, notProvisioned: { status: 400 } } });
  });

  it('has one effect under its Idempotency-Key, of which a repeat learns the run', () => {
    const keyed = { idempotency: { key: 'k', fingerprint: 'print' }, commandId: 'first' };
    given(story(createTemplate('t1', run(), keyed)))
      .when(createTemplate('t9', run({ executionId: 'p9' }), { ...keyed, commandId: 'second' }))
      .thenAcknowledged({ reason: 'replay', originalCommandId: 'first', executionId: 'p1' });
  });
});

describe('provisioning', () => {
  it('is requested once, on the revision that its plan was made from', () => {
    given(story(...CREATED))
      .when(provision('p1', { plan: '{"nodes":[]}' }))
      .thenAccepted({
        type: 'ProvisioningRequested',
        data: {
          ...{ templateId: 't1', executionId: 'p1', action: 'provision', templateRevision: 1 },
          ...{ plan: '{"nodes":[]}', taskPollMs: 5000, template: null, secretIds: [] },
        },
      });
    given(story(...UNDER_WAY))
      .when(provision())
      .thenAcknowledged({ reason: 'already', executionId: 'p1' });
    given(story(...CREATED, updateTemplate()))
      .when(provision())
      .thenStale(2);
    given([]).when(provision()).thenRefused('TEMPLATE_NOT_FOUND');
    given(story(...CREATED))
      .when(provision('p1', { verdict: VERDICT }))
      .thenRefused('TEMPLATE_REFUSED', { message: 'no' });
  });

  it.each([
    [
      'IN_PROGRESS',
      UNDER_WAY,
      'The workflow provisioning state is IN_PROGRESS and can not be provisioned unless its state is NOT_STARTED: t1. Deprovision the workflow to reset the state.',
    ],
    [
      'DONE',
      DONE,
      'The workflow provisioning state is DONE and can not be provisioned unless its state is NOT_STARTED: t1. Deprovision the workflow to reset the state.',
    ],
    [
      'FAILED with resources',
      [...DOCS, provisioned('p1', { status: 'FAILED' })],
      'The workflow provisioning state is FAILED and can not be provisioned unless its state is NOT_STARTED: t1. Deprovision the workflow to reset the state.',
    ],
  ])('is refused in the state %s', (_state, before, message) => {
    given(story(...before))
      .when(provision('p2'))
      .thenRefused('TEMPLATE_REFUSED', refusal(400, message));
  });

  it('may be tried again after a failure that left nothing', () => {
    const failed = story(...UNDER_WAY, provisioned('p1', { status: 'FAILED' }));
    const { decision } = given(failed).when(provision('p2'));
    expect(decision.kind).toBe('accepted');
  });

  it('is throttled exactly, before anything else is looked at', () => {
    const two = story(createTemplate('t1'), createTemplate('t2'), provision('p1', { maxActive: 1 }));
    const message = 'Exceeded max simultaneous provisioning requests: 1';
    const other = provision('p2', { templateId: 't2', maxActive: 1, verdict: VERDICT });
    given(two).when(other).thenRefused('TEMPLATE_THROTTLED', refusal(429, message));
    const ended = [...two, ...story(provisioned())];
    const { decision } = given(ended).when(provision('p2', { templateId: 't2', maxActive: 1 }));
    expect(decision.kind).toBe('accepted');
  });

  it('is repeated with a new template only when the last one has ended', () => {
    const again = provision('p2', { action: 'reprovision', template: '{"new":1}' });
    given(story(...DONE))
      .when(again)
      .thenAccepted({
        type: 'ProvisioningRequested',
        data: {
          ...{ templateId: 't1', executionId: 'p2', action: 'reprovision', templateRevision: 2, plan: '{}' },
          ...{ taskPollMs: 5000, template: '{"new":1}', secretIds: [] },
        },
      });
    const message = 'The template can not be reprovisioned unless its provisioning state is DONE or FAILED: t1';
    given(story(...CREATED))
      .when(again)
      .thenRefused('TEMPLATE_REFUSED', refusal(400, message));
    given(story(...UNDER_WAY))
      .when(again)
      .thenRefused('TEMPLATE_REFUSED', refusal(400, message));
  });

  it('goes on from its failed node only where it has failed', () => {
    const resume = provision('p2', { action: 'resume' });
    const failed = story(...DOCS, provisioned('p1', { status: 'FAILED' }));
    const resumed = given(failed);
    resumed.take(resume);
    // What was made is kept.
    resumed.take(provisioned('p2'));
    const { decision } = resumed.when(deprovision());
    expect(decision).toMatchObject({ change: { data: { resources: [index('docs')] } } });
    given(story(...DONE))
      .when(resume)
      .thenRefused('TEMPLATE_REFUSED', {
        message: 'The workflow can not be resumed unless its provisioning state is FAILED: t1',
      });
  });

  it('records nodes and resources one by one, and repeats of a report change nothing', () => {
    const { data } = nodeStarted() as { readonly data: object };
    given(story(...UNDER_WAY))
      .when(nodeStarted())
      .thenAccepted({ type: 'ProvisioningNodeStarted', data });
    given(story(...UNDER_WAY))
      .when(nodeStarted('p9'))
      .thenAcknowledged({ reason: 'already' });
    given(story(...UNDER_WAY))
      .when(resourceCreated('docs'))
      .thenAccepted({
        type: 'ResourceCreated',
        data: { templateId: 't1', executionId: 'p1', resource: index('docs') },
      });
    given(story(...DOCS))
      .when(resourceCreated('docs'))
      .thenAcknowledged({ reason: 'already' });
    given(story(...DONE))
      .when(provisioned())
      .thenAcknowledged({ reason: 'already' });
  });

  it('never forgets a resource that is reported late, and never lists one again that was removed', () => {
    const lost = story(...UNDER_WAY, provisioned('p1', { status: 'FAILED' }), deleteTemplate());
    const after = given(lost);
    const { decision } = after.when(resourceCreated('docs'));
    expect(decision.kind).toBe('accepted');
    after.take(resourceCreated('docs'));
    const removal = after.when(deprovision()).decision;
    expect(removal).toMatchObject({ change: { data: { resources: [index('docs')] } } });
    const removed = story(...DONE, deprovision(), resourceRemoved('docs'));
    given(removed).when(resourceCreated('docs')).thenAcknowledged({ reason: 'already' });
  });
});

describe('deprovisioning', () => {
  it('is handed what was made, in that order', () => {
    given(story(...DONE))
      .when(deprovision('d1', { allowDelete: ['docs'] }))
      .thenAccepted({
        type: 'DeprovisioningRequested',
        data: {
          ...{ templateId: 't1', executionId: 'd1', allowDelete: ['docs'], removalTimeoutMs: 10_000, ends: null },
          resources: [index('docs'), index('logs')],
        },
      });
    given([])
      .when(deprovision())
      .thenRefused('TEMPLATE_NOT_FOUND', refusal(404, 'Failed to get workflow state for workflow t1'));
  });

  it('ends a provisioning first, and begins with its end', () => {
    const waiting = story(...DOCS, deprovision('d1', { allowDelete: ['docs'] }));
    given(story(...DOCS))
      .when(deprovision())
      .thenAccepted({
        type: 'DeprovisioningRequested',
        data: {
          ...{ templateId: 't1', executionId: 'd1', allowDelete: [], removalTimeoutMs: 10_000, ends: 'p1' },
          resources: [index('docs')],
        },
      });
    const ended = given(waiting);
    ended.take(resourceCreated('late'));
    const { decision } = ended.when(provisioned('p1', { status: 'FAILED' }));
    expect(decision).toMatchObject({
      change: {
        type: 'ProvisioningFinished',
        data: { next: { executionId: 'd1', allowDelete: ['docs'], resources: [index('docs'), index('late')] } },
      },
    });
  });

  it('leaves nothing behind: the state begins anew, or goes where the template has gone', () => {
    const gone = [index('docs'), index('logs')];
    const emptied = story(...DONE, deprovision(), resourceRemoved('docs'), deprovisioned('d1', { removed: gone }));
    const { decision } = given(emptied).when(provision('p2'));
    expect(decision.kind).toBe('accepted');
    const without = story(...DONE, deleteTemplate(), deprovision(), deprovisioned('d1', { removed: gone }));
    given(without).when(deprovision('d2')).thenRefused('TEMPLATE_NOT_FOUND');
  });

  it('keeps what failed and what needs a permission, and a second call finishes', () => {
    const partly = story(
      ...DONE,
      deprovision(),
      deprovisioned('d1', { removed: [index('logs')], setAside: [index('docs')] }),
    );
    const second = given(partly);
    second.when(provision('p2')).thenRefused('TEMPLATE_REFUSED');
    const { decision } = second.when(deprovision('d2', { allowDelete: ['docs'] }));
    expect(decision).toMatchObject({ change: { data: { resources: [index('docs')] } } });
    given(partly)
      .when(deprovisioned('d1', { removed: [index('docs')] }))
      .thenAcknowledged({ reason: 'already' });
  });

  it('has its own limit; a second request waits for the run that is under way', () => {
    const one = story(...DONE, createTemplate('t2'), deprovision('d1', { maxActive: 1 }));
    given(one)
      .when(deprovision('d2', { templateId: 't2', maxActive: 1 }))
      .thenRefused('TEMPLATE_THROTTLED', { message: 'Exceeded max simultaneous deprovisioning requests: 1' });
    given(one)
      .when(deprovision('d2', { maxActive: 1 }))
      .thenAcknowledged({ reason: 'already', executionId: 'd1' });
    given(one).when(provision('p2')).thenRefused('TEMPLATE_REFUSED');
  });
});

describe('a run that the engine has lost', () => {
  const LOST = { status: 'FAILED', error: 'lost', errorStatus: null };
  const unsure = (...names: string[]) =>
    names.map((name) => ({ ...index(name), resource_id: 'docs', found: 'unknown' as const }));

  it('leaves unsure what it had begun and not recorded, and can be begun again', () => {
    const begun = story(
      ...UNDER_WAY,
      nodeStarted('p1', 'make-docs'),
      nodeStarted('p1', 'make-logs'),
      resourceCreated('docs'),
    );
    const data = { ...LOST, errorStatus: 500, unsure: unsure('logs') };
    given(begun)
      .when(provisioned('p1', LOST))
      .thenAccepted({ type: 'ProvisioningFinished', data: { ...ENDED, ...data } });
    // A step that has failed is no loss: the report says what is unsure.
    const failed = { status: 'FAILED', error: 'no', errorStatus: 400 };
    given(begun)
      .when(provisioned('p1', failed))
      .thenAccepted({ type: 'ProvisioningFinished', data: { ...ENDED, ...failed } });
    const again = given(begun);
    again.take(provisioned('p1', LOST));
    again.take(provision('p2', { action: 'resume' }));
    // What the run before had begun is not this one's.
    again
      .when(provisioned('p2', LOST))
      .thenAccepted({ type: 'ProvisioningFinished', data: { ...ENDED, ...LOST, executionId: 'p2', errorStatus: 500 } });
  });

  it('does not lose what a later run has made by a removal that an earlier one reports late', () => {
    const again = story(
      ...[...DONE, deprovision(), deprovisioned('d1', { removed: [index('docs'), index('logs')] })],
      ...[provision('p2'), resourceCreated('docs', 'p2'), provisioned('p2')],
    );
    given(again).when(resourceRemoved('docs', 'd1')).thenAcknowledged({ reason: 'already' });
    given([...again, ...story(deprovision('d2'))])
      .when(resourceRemoved('docs', 'd2'))
      .thenAccepted({
        type: 'ResourceRemoved',
        data: { templateId: 't1', executionId: 'd2', resource: index('docs') },
      });
  });

  it('says of a deprovisioning what is left, and a second one takes it', () => {
    const lost = given(story(...DONE, deprovision(), resourceRemoved('logs')));
    lost.when(deprovisioned()).thenAccepted({
      type: 'DeprovisioningFinished',
      data: {
        ...{ templateId: 't1', executionId: 'd1', setAside: [] },
        failed: [index('docs')],
        remaining: [index('docs')],
      },
    });
    lost.take(deprovisioned());
    expect(lost.when(deprovision('d2')).decision.kind).toBe('accepted');
  });
});

describe('a tenant that is torn down', () => {
  it('begins no deprovisioning that waited for the end of a provisioning', () => {
    const fenced = given(story(...DOCS, deprovision(), fence('fence-1')));
    fenced
      .when(provisioned())
      .thenAccepted({ type: 'ProvisioningFinished', data: { ...ENDED, status: 'COMPLETED', error: null } });
    fenced.take(provisioned());
    fenced.when(deprovisioned()).thenAcknowledged({ reason: 'already' });
  });

  it('gets no new run of a template, and counts those that are open', () => {
    given(story(...UNDER_WAY))
      .when(fence('fence-1'))
      .thenAccepted({ type: 'TenantFenced', data: { openRuns: 1 } });
    const fenced = story(...UNDER_WAY, fence('fence-1'));
    given(fenced).when(deprovision()).thenRefused('TENANT_FENCED');
    expect(given(fenced).when(resourceCreated('docs')).decision.kind).toBe('accepted');
    expect(given(fenced).when(provisioned()).decision.kind).toBe('accepted');
  });
});
