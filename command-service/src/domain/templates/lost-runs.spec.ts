import { describe, expect, it } from 'vitest';
import { given } from '../../../test/decider-specification.js';
import { story } from '../../../test/story.js';
import { fence } from '../../../test/teardown-story.js';
import {
  DOCS,
  DONE,
  ENDED,
  UNDER_WAY,
  deprovision,
  deprovisioned,
  index,
  nodeStarted,
  provision,
  provisioned,
  resourceCreated,
  resourceRemoved,
} from '../../../test/template-story.js';

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
    const begun = story(...DONE, resourceCreated('more'), deprovision('d1', { allowDelete: ['logs', 'more'] }));
    const lost = given([...begun, ...story(resourceRemoved('logs'))]);
    // What was not permitted has not failed.
    lost.when(deprovisioned()).thenAccepted({
      type: 'DeprovisioningFinished',
      data: {
        ...{ templateId: 't1', executionId: 'd1', setAside: [index('docs')] },
        failed: [index('more')],
        remaining: [index('docs'), index('more')],
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
