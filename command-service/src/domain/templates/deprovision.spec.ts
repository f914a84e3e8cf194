import { describe, expect, it } from 'vitest';
import { given } from '../../../test/decider-specification.js';
import { story } from '../../../test/story.js';
import {
  DOCS,
  DONE,
  createTemplate,
  deleteTemplate,
  deprovision,
  deprovisioned,
  index,
  provision,
  provisioned,
  refusal,
  resourceCreated,
  resourceRemoved,
} from '../../../test/template-story.js';

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

  it('that is joined takes away afterwards what was permitted meanwhile, though nobody waits for it', () => {
    const joined = given(story(...DONE, deprovision('d1', { allowDelete: ['logs', 'logs'] })));
    joined
      .when(deprovision('d2', { allowDelete: ['logs'] }))
      .thenAcknowledged({ reason: 'already', executionId: 'd1' });
    const request = deprovision('d2', { allowDelete: ['docs'] });
    const [event] = joined.take(request);
    const about = { templateId: 't1', removalTimeoutMs: 10_000, ends: null, allowDelete: ['logs', 'docs'] };
    expect(event).toMatchObject({
      type: 'DeprovisioningRequested',
      data: { ...about, executionId: 'd1', resources: [index('docs'), index('logs')] },
    });
    joined.when(request).thenAcknowledged({ reason: 'already', executionId: 'd1' });
    const [end, next, ...others] = joined.take(
      deprovisioned('d1', { removed: [index('logs')], setAside: [index('docs')] }),
    );
    expect(end).toMatchObject({ type: 'DeprovisioningFinished', data: { setAside: [index('docs')] } });
    expect(next).toMatchObject({ type: 'DeprovisioningRequested', data: { ...about, resources: [index('docs')] } });
    expect(others).toEqual([]);
    const executionId = next?.type === 'DeprovisioningRequested' ? next.data.executionId : '';
    expect(executionId).toMatch(/^acme:_tpl:t1:[0-9a-f-]{36}$/);
    joined.when(request).thenAcknowledged({ reason: 'already', executionId });
    const left = joined.take(deprovisioned(executionId, { removed: [index('docs')] }));
    expect(left).toMatchObject([{ type: 'DeprovisioningFinished', data: { remaining: [] } }]);
  });

  it('that is joined takes no permission for what is not there, and never more than one request can bring', () => {
    const joined = given(story(...DONE, deprovision('d1')));
    joined
      .when(deprovision('d2', { allowDelete: ['nothing', 'of', 'it'] }))
      .thenAcknowledged({ reason: 'already', executionId: 'd1' });
    const ids = (count: number) => Array.from({ length: count }, (_, at) => `${at}`.padStart(100, 'x'));
    const waiting = given(story(...DOCS, deprovision('d1', { allowDelete: ids(100) })));
    const [event] = waiting.take(deprovision('d2', { allowDelete: ids(500) }));
    expect(event).toMatchObject({ data: { executionId: 'd1', allowDelete: ids(163) } });
    waiting.when(deprovision('d3', { allowDelete: ids(900) })).thenAcknowledged({ reason: 'already' });
  });

  it('that waits for the end of a provisioning begins with all that was permitted by then', () => {
    const waiting = story(...DOCS, deprovision('d1'), deprovision('d2', { allowDelete: ['docs'] }));
    const { decision } = given(waiting).when(provisioned('p1', { status: 'FAILED' }));
    expect(decision).toMatchObject({ change: { data: { next: { executionId: 'd1', allowDelete: ['docs'] } } } });
  });
});
