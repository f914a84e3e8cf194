import { describe, expect, it } from 'vitest';
import { given } from '../../../test/decider-specification.js';
import { story } from '../../../test/story.js';
import {
  CREATED,
  DOCS,
  DONE,
  ENDED,
  UNDER_WAY,
  VERDICT,
  createTemplate,
  deleteTemplate,
  deprovision,
  deprovisioned,
  index,
  provision,
  provisioned,
  refusal,
  updateTemplate,
} from '../../../test/template-story.js';

const STORED_ONLY = { executionId: null, notProvisioned: null };

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

  it('that left a create of unknown end keep their state until it is cleared, or provisioned again', () => {
    const unsure = [{ ...index('docs'), found: 'unknown' as const }];
    const failed = story(...UNDER_WAY, provisioned('p1', { status: 'FAILED', unsure }));
    const deleted = (stateCleared: boolean) =>
      ({
        type: 'TemplateDeleted',
        data: { templateId: 't1', templateRevision: 1, existed: true, stateCleared },
      }) as const;
    given(failed).when(deleteTemplate()).thenAccepted(deleted(false));
    // A deprovisioning removes nothing of it.
    const emptied = [...failed, ...story(deprovision(), deprovisioned())];
    given(emptied).when(deleteTemplate()).thenAccepted(deleted(false));
    const withoutDocument = [...failed, ...story(deleteTemplate(), deprovision(), deprovisioned())];
    given(withoutDocument)
      .when(deprovision('d2'))
      .thenAccepted(expect.objectContaining({ type: 'DeprovisioningRequested' }));
    given(failed)
      .when(deleteTemplate('t1', { clearStatus: true }))
      .thenAccepted(deleted(true));
    const again = [...failed, ...story(provision('p2'), provisioned('p2', { status: 'FAILED' }))];
    given(again).when(deleteTemplate()).thenAccepted(deleted(true));
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
