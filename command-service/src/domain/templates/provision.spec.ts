import { describe, expect, it } from 'vitest';
import { given } from '../../../test/decider-specification.js';
import { story } from '../../../test/story.js';
import {
  CREATED,
  DOCS,
  DONE,
  UNDER_WAY,
  VERDICT,
  createTemplate,
  deleteTemplate,
  deprovision,
  index,
  nodeStarted,
  provision,
  provisioned,
  refusal,
  resourceCreated,
  resourceRemoved,
  updateTemplate,
} from '../../../test/template-story.js';

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

  it('records a step once, also when it is begun again after its resource was recorded', () => {
    const made = story(...UNDER_WAY, nodeStarted(), resourceCreated('docs'));
    given(made).when(nodeStarted()).thenAcknowledged({ reason: 'already', executionId: 'p1' });
    const next = [...made, ...story(provisioned('p1', { status: 'FAILED' }), provision('p2', { action: 'resume' }))];
    expect(given(next).when(nodeStarted('p2')).decision.kind).toBe('accepted');
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
