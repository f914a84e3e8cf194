import { randomUUID } from 'node:crypto';
import { OPENSEARCH_HOOK_MS, sharedOpenSearch, waitUntil } from '@flowplane/stack';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { closedRun, expectStatus, makeApiClient, publishFlow, startRun } from './driver/api-client.js';
import { approvalsFlow, signalRun } from './driver/approvals.js';
import { lookAt } from './driver/browser.js';
import { hold } from './driver/console-actions.js';
import { pathOf, useConsole, WORKSPACE } from './driver/console-visits.js';
import { cronFlow } from './driver/cron.js';
import { makeTemplateClient, pipelineAndIndex } from './driver/templates.js';
import { deliver, deliveriesOf, publishWebhooks, secretsOf, webhookFlow } from './driver/webhooks.js';

let openSearch: string;
beforeAll(async () => {
  openSearch = await sharedOpenSearch();
}, OPENSEARCH_HOOK_MS);
const visits = useConsole(() => ({
  FLOWS_OPENSEARCH_URL: openSearch,
  FLOWS_QUOTA_OVERRIDES: JSON.stringify({ acme: { max_flows: 10, flow_signal_rate_per_minute: -1 } }),
}));
const visit = (...path: readonly string[]): Promise<Page> => visits.visit(pathOf(...path));
beforeAll(() =>
  publishFlow(visits.alice, 'review', {
    ...approvalsFlow([
      { id: 'check', timeout: 'PT1H' },
      { id: 'manager', approvers: ['role:manager'] },
    ]),
  }),
);

/** A flow that somebody has to agree to, and nobody else. */
const asking = (message: string): object => ({
  ...{ apiVersion: 'v1.0', name: 'asking', inputs: { order: { type: 'string', default: 'o-1' } } },
  nodes: [{ id: 'agree', name: 'Agree to the order', type: 'approval', timeout: 'PT1H', message }],
});

const isListed = async (): Promise<boolean> => (await visits.alice.typed.call('listApprovals')).body.items.length > 0;

describe('approvals', () => {
  it('come by themselves, are decided here, and go with a word when they are decided elsewhere', async () => {
    await publishFlow(visits.alice, 'asking', asking('Order ${{ inputs.order }} costs 1200: deliver it?'));
    const page = await visit('approvals');
    await page.getByText('Nothing waits for you.').waitFor();
    const cards = page.getByRole('list', { name: 'Approvals that wait' }).getByRole('listitem');
    const { executionId } = await startRun(visits.alice, 'asking', { order: 'o-7' });
    await waitUntil('the API lists the approval', isListed, { timeoutMs: 60_000, everyMs: 20 });
    const before = Date.now();
    await cards.getByText('Order o-7 costs 1200: deliver it?').waitFor();
    process.stdout.write(`an approval is on the page ${Date.now() - before} ms after it is in the API\n`);
    await cards.getByText(/^in \d+ min/).waitFor();
    expect(await lookAt(page, 'approvals')).toEqual([]);
    await cards.getByRole('button', { name: 'Approve Agree to the order of asking' }).click();
    const question = page.getByRole('dialog', { name: 'Approve Agree to the order of asking' });
    await question.getByText('Order o-7 costs 1200: deliver it?').waitFor();
    expect(await lookAt(page, 'approval-question')).toEqual([]);
    await question.getByRole('textbox', { name: 'Comment' }).fill('Within the budget');
    await question.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('of asking is decided.').waitFor();
    const run = await closedRun(visits.alice, 'asking', executionId);
    expect(run.result?.state).toMatchObject({ agree: { approved: true, comment: 'Within the budget' } });

    const other = await startRun(visits.alice, 'asking', { order: 'o-8' });
    await cards.getByText('Order o-8 costs').waitFor();
    await signalRun(visits.alice, 'asking', other.executionId, 'agree', { approved: false });
    await page.getByText('of asking waits no more: somebody else has decided it').waitFor();
    await expect.poll(() => cards.count(), { timeout: 60_000 }).toBe(0);
    await page.getByRole('link', { name: 'See the run' }).first().click();
    await page.waitForURL(`**${pathOf('runs', other.executionId)}`);
    await page.goBack();
    await page.getByText('Nothing waits for you.').waitFor();
  });

  it('of others are under All, and are refused with a reason', async () => {
    const { executionId } = await startRun(visits.alice, 'review');
    await signalRun(visits.alice, 'review', executionId, 'check', { approved: true });
    const page = await visit('approvals');
    await page.getByRole('link', { name: 'All', exact: true }).click();
    await page.waitForURL('**/approvals?for=all');
    await page.getByText('role:manager').waitFor();
    await page.getByRole('button', { name: 'Reject manager of review' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await page.getByText('You may not see or do this.').waitFor();
    expect(await lookAt(page, 'approvals-refused')).toEqual([]);
    await visits.alice.typed.call('cancelExecution', { params: { flowId: 'review', executionId } });
    await page.getByText('waits no more').waitFor();
  });
});

describe('runs', () => {
  /** As when somebody goes to another tab, or comes back from there. */
  const setHidden = (page: Page, isHidden: boolean): Promise<unknown> =>
    page.evaluate(
      `Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
       document.dispatchEvent(new Event('visibilitychange'));`,
    );

  it('are not followed while nobody looks, and all there when somebody does again', async () => {
    const isStream = (request: { url: () => string }): boolean => request.url().endsWith('/executions/events');
    const page = await visit('runs');
    const rows = page.getByRole('table', { name: 'Runs' }).getByRole('link', { name: 'asking' });
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(2);
    const closed = page.waitForEvent('requestfailed', isStream);
    await setHidden(page, true);
    await closed;
    const { executionId } = await startRun(visits.alice, 'asking');
    const opened = page.waitForRequest(isStream);
    await setHidden(page, false);
    await opened;
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(3);
    await visits.alice.typed.call('cancelExecution', { params: { flowId: 'asking', executionId } });
    await page.getByText('Canceled').nth(1).waitFor();
  });
});

describe('schedules', () => {
  it('are paused with a note, resumed and triggered', async () => {
    await publishFlow(visits.alice, 'nightly', cronFlow(['CRON_TZ=Europe/Berlin 0 3 1 1 *']));
    const page = await visit('schedules');
    const row = page.getByRole('row').filter({ hasText: 'nightly' });
    await row.getByText('Europe/Berlin').waitFor();
    await row.getByText('has not run yet').waitFor();
    await row.getByRole('button', { name: 'Run now: nightly' }).click();
    await row.getByText('It is asked to run now.').waitFor();
    await expect.poll(() => row.getByText('has not run yet').count(), { timeout: 60_000 }).toBe(0);
    await row.getByRole('button', { name: 'Pause nightly' }).click();
    await page.getByRole('dialog').getByText('A pause survives a publish.').waitFor();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Note' }).fill('Stocktaking until Friday');
    expect(await lookAt(page, 'schedule-pause')).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await row.getByText('Stocktaking until Friday').waitFor();
    await row.getByText('paused by').waitFor();
    expect(await lookAt(page, 'schedules')).toEqual([]);
    await row.getByRole('button', { name: 'Resume nightly' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await row.getByText('Resumed via Flows API').waitFor();
    await row.getByText(/^in \d+ d/).waitFor();
    await row.getByRole('button', { name: 'Pause nightly' }).waitFor();

    // What somebody is asked stays, when somebody else does it meanwhile.
    await row.getByRole('button', { name: 'Pause nightly' }).click();
    await visits.alice.typed.call('pauseSchedule', { params: { flowId: 'nightly' }, body: {} });
    await page.getByText('‖ paused').waitFor();
    expect(await page.getByRole('dialog', { name: 'Pause nightly' }).count()).toBe(1);
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: 'Resume nightly' }).waitFor();
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Resume nightly');
    await visits.alice.typed.call('resumeSchedule', { params: { flowId: 'nightly' }, body: {} });
  });
});

describe('triggers', () => {
  it('show addresses, a new secret once, and deliveries, which can be made again', async () => {
    const published = await publishWebhooks(visits.alice, 'hooked', webhookFlow({ path: 'paid' }));
    const [[triggerId, before]] = Object.entries(secretsOf(published)) as [[string, string]];
    await publishFlow(visits.alice, 'listening', {
      ...webhookFlow({ kind: 'platform-event', eventType: 'order-paid', filter: 'event.amount > 10' }),
    });
    const page = await visit('runs');
    await page.getByRole('link', { name: 'Triggers' }).click();
    const address = `${visits.services.url}/v1/flows/workspaces/${WORKSPACE}/triggers/webhooks/${encodeURIComponent(triggerId)}`;
    await page.getByText(address).waitFor();
    await page.getByText('order-paid', { exact: true }).waitFor();
    await page.getByRole('button', { name: `Copy the topic evt.${WORKSPACE}.order-paid` }).waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: `Copy the address of ${triggerId}` }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(address);
    expect(await lookAt(page, 'triggers')).toEqual([]);

    // From the click on, neither Escape nor Back takes away what may be shown once only.
    const held = hold(page, 'POST', '**/triggers/webhooks/**');
    await page.getByRole('button', { name: `Rotate the secret of ${triggerId}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    const letGo = await held;
    await page.locator('dialog button:disabled', { hasText: 'Rotate' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    const early = page.waitForEvent('dialog');
    await page.evaluate('history.back()');
    await (await early).dismiss();
    await page.waitForURL(`**${pathOf('triggers')}`);
    await page.getByRole('dialog', { name: 'Rotate the secret' }).waitFor();
    letGo();
    const shown = page.getByRole('dialog', { name: 'The new secret' });
    const secret = (await shown.locator('code').textContent()) ?? '';
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await lookAt(page, 'secret')).toEqual([]);
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Copy the secret');
    const question = page.waitForEvent('dialog');
    await page.evaluate('history.back()');
    await (await question).dismiss();
    await page.waitForURL(`**${pathOf('triggers')}`);
    await shown.getByRole('button', { name: 'I have kept it' }).click();
    expect(await page.content()).not.toContain(secret);
    const focused = 'document.activeElement.ariaLabel';
    expect(await page.evaluate(focused)).toBe(`Rotate the secret of ${triggerId}`);
    expect((await deliver(visits.alice, triggerId, before, '{}', { id: 'old' })).status).toBe(401);
    const delivered = await deliver(visits.alice, triggerId, secret, '{"order":1}', { id: 'one' });
    expect(delivered.status).toBe(202);

    await page.getByRole('link', { name: `Deliveries to ${triggerId}` }).click();
    await page.getByText('✕ refused: INVALID_SIGNATURE').waitFor();
    await page.getByText('✓ accepted').waitFor();
    await page.getByRole('button', { name: 'Deliver again: one' }).click();
    await page.getByText('A new run has started.').waitFor();
    expect(await lookAt(page, 'deliveries')).toEqual([]);
    expect((await deliveriesOf(visits.alice, triggerId)).length).toBeGreaterThanOrEqual(2);
    await page.getByRole('link', { name: 'All triggers' }).click();
    await page.getByText(/^rotated/).waitFor();
  });
});

describe('connections', () => {
  it('are put, rotated and removed; secrets are not shown again, and one in use stays', async () => {
    const page = await visit('connections');
    await page.getByText('There is no connection yet.').waitFor();
    await page.getByRole('button', { name: 'New connection' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('crm');
    await form.getByLabel('URL').fill('https://crm.example.com/api/');
    await form.getByLabel('Token').fill('a-secret-of-crm');
    expect(await lookAt(page, 'connection-form')).toEqual([]);
    await form.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('row').filter({ hasText: 'crm' });
    await row.getByText('https://crm.example.com/api/').waitFor();
    const print = await row.locator('code').nth(1).textContent();
    await page.getByRole('button', { name: 'Change or rotate crm' }).click();
    expect(await form.getByLabel('URL').inputValue()).toBe('https://crm.example.com/api/');
    expect(await form.getByLabel('Token').inputValue()).toBe('');
    await form.getByLabel('Token').fill('another-secret');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => row.locator('code').nth(1).textContent(), { timeout: 60_000 }).not.toBe(print);
    expect(await page.content()).not.toContain('secret-of-crm');

    await publishFlow(visits.alice, 'calling-crm', {
      ...{ apiVersion: 'v1.0', name: 'calling-crm' },
      nodes: [{ id: 'call', type: 'task', taskType: 'http.request', input: { url: 'people', connection: 'crm' } }],
    });
    await page.getByRole('button', { name: 'Delete crm' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('is used by version 1 of flow calling-crm').waitFor();
    expect(await lookAt(page, 'connection-in-use')).toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Delete crm'); // the focus is where it was
    expectStatus(await visits.alice.call('DELETE', '/flows/calling-crm'), 200);
    expect(await lookAt(page, 'connections')).toEqual([]);
    await page.getByRole('button', { name: 'Delete crm' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('There is no connection yet.').waitFor();
  });
});

describe('templates', () => {
  it('are provisioned and taken away again, after their plan was looked at', async () => {
    const name = `console-${randomUUID()}`;
    const id = await makeTemplateClient(visits.services.url, 'acme').create(pipelineAndIndex(name));
    const page = await visit('templates');
    await page.getByRole('link', { name: 'demo' }).click();
    await page.waitForURL(`**${pathOf('templates', id)}`);
    const plan = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Provision', exact: true }).click();
    await expect.poll(() => plan.getByText('+ is made').count(), { timeout: 60_000 }).toBe(2);
    expect(await lookAt(page, 'template-plan')).toEqual([]);
    await plan.getByRole('button', { name: 'Provision', exact: true }).click();
    await page.getByText('✓ provisioned').waitFor();
    await page.getByRole('table', { name: 'Resources' }).getByText(`${name}-pipe`).waitFor();
    expect((await fetch(`${openSearch}/${name}`)).status).toBe(200);
    expect(await lookAt(page, 'template')).toEqual([]);

    await page.getByRole('button', { name: 'Deprovision', exact: true }).click();
    for (const _resource of ['pipeline', 'index']) await plan.getByRole('checkbox', { checked: false }).first().check();
    await plan.getByRole('button', { name: 'Deprovision', exact: true }).click();
    await page.getByText('○ not provisioned').waitFor();
    expect((await fetch(`${openSearch}/${name}`)).status).toBe(404);
    await page.getByRole('link', { name: 'All templates' }).click();
    await page.getByRole('row').filter({ hasText: id }).getByText('not provisioned').waitFor();
    expect(await lookAt(page, 'templates')).toEqual([]);
  });
});

describe('quotas and audit', () => {
  it('show how much is used, and who was denied what', async () => {
    const viewer = makeApiClient(visits.services.url, { ...visits.alice.caller, actorId: 'victor', roles: ['viewer'] });
    expect((await viewer.call('DELETE', '/flows/review')).status).toBe(403);
    const page = await visit('quotas');
    const flows = page.getByRole('row').filter({ hasText: 'Flows' });
    await flows.getByText(/^[1-9] of 10$/).waitFor();
    await page
      .getByText('0, unlimited')
      .or(page.getByText(/^\d+, unlimited$/))
      .first()
      .waitFor();
    expect(await lookAt(page, 'quotas')).toEqual([]);

    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByLabel('Outcome').selectOption('denied');
    await page.waitForURL('**/audit?outcome=denied');
    const denied = page.getByRole('row').filter({ hasText: 'victor' });
    await denied.getByText('✕ denied: FORBIDDEN (403)').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('published a version').first().waitFor();
    expect(await lookAt(page, 'audit')).toEqual([]);
    await page.getByRole('link', { name: 'Templates of the tenant' }).click();
    await page.waitForURL('**/audit?of=templates');
    await page.getByText('asked for the resources of a template').first().waitFor();
    await page.getByRole('link', { name: 'This workspace' }).click();
    await page.getByRole('link', { name: 'the run' }).first().click();
    await page.waitForURL(`**${pathOf('runs')}/*`);
  });
});

describe('a run with a sub-flow', () => {
  it('shows what led to it, and the nodes of its sub-flow', async () => {
    await publishFlow(visits.alice, 'part', {
      ...{ apiVersion: 'v1.0', name: 'part' },
      nodes: [
        { id: 'inner', type: 'wait', duration: 'PT0S', next: 'tell' },
        {
          id: 'tell',
          type: 'task',
          taskType: 'events.publish',
          input: { topic: 'told', messages: [{ value: { a: 1 } }] },
        },
      ],
    });
    await publishFlow(visits.alice, 'whole', {
      ...{ apiVersion: 'v1.0', name: 'whole' },
      nodes: [
        { id: 'child', type: 'sub-flow', flowId: 'part', flowVersion: '1', next: 'tell' },
        {
          id: 'tell',
          type: 'task',
          taskType: 'events.publish',
          input: { topic: 'told', messages: [{ value: { a: 1 } }] },
        },
      ],
    });
    const { executionId } = await startRun(visits.alice, 'whole');
    expect(await closedRun(visits.alice, 'whole', executionId)).toMatchObject({ status: 'Completed' });
    const page = await visit('runs', executionId);
    await page.getByRole('tab', { name: 'Sub-flows' }).click();
    await page.getByRole('row').filter({ hasText: 'inner' }).getByText('completed').waitFor();
    expect(await lookAt(page, 'run-children')).toEqual([]);
    await page.getByRole('tab', { name: 'Causes' }).click();
    await page.getByText('execution.start').waitFor();
    await page.getByText(/1 to .*told by tell/).waitFor();
    expect(await lookAt(page, 'run-causes')).toEqual([]);
  });
});
