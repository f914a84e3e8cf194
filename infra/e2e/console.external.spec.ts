import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeApiClient, publishFlow, startRun, type ApiClient } from './driver/api-client.js';
import { lookAt, openBrowser, openPage, type WatchedPage } from './driver/browser.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { startLoginProvider, type LoginProvider } from './driver/login-provider.js';

let called: CalledServer;
let services: IsolatedServices;
let provider: LoginProvider;
let browser: Browser;
let alice: ApiClient;
let watched: WatchedPage | undefined;

const WORKSPACE = 'shop';
const runsPath = `/ui/w/${WORKSPACE}/runs`;
const runUrl = (executionId: string): string => `${runsPath}/${encodeURIComponent(executionId)}`;

/** A page of a new visitor; what goes wrong in it fails the test. */
async function visit(path: string): Promise<WatchedPage['page']> {
  watched = await openPage(browser, services.url);
  await watched.page.goto(path);
  return watched.page;
}

/** A token is renewed a minute before its end. */
const TOKEN_TTL_S = 63;

beforeAll(async () => {
  called = await startCalledServer();
  provider = await startLoginProvider({ tenant_id: 'acme', realm_access: { roles: ['tenant_owner'] } }, TOKEN_TTL_S);
  services = await startServices({
    env: {
      ...{ FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort, FLOWS_CONSOLE_TENANT: 'acme' },
      ...{ FLOWS_TRUST_GATEWAY_HEADERS: '1', FLOWS_JWKS_URL: provider.jwksUrl, FLOWS_JWT_ISSUER: provider.issuer },
      ...{ FLOWS_JWT_AUDIENCE: provider.audience, FLOWS_OIDC_ISSUER: provider.issuer },
      ...{ FLOWS_OIDC_CLIENT_ID: provider.clientId, FLOWS_OIDC_SCOPE: 'openid profile', FLOWS_OIDC_AUDIENCE: 'flows' },
    },
  });
  await provider.open(`${services.url}/ui/signed-in`, `${services.url}/ui/`);
  browser = await openBrowser();
  alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: WORKSPACE, actorId: 'alice' });
});
afterEach(async () => {
  const faults = watched?.faults ?? [];
  await watched?.page.context().close();
  watched = undefined;
  if (faults.length > 0) throw new Error(`the page has done what it must not:\n${faults.join('\n')}`);
});
afterAll(async () => {
  await browser?.close();
  await services?.close();
  await called?.close();
  await provider?.close();
});

/** Two calls at the same time, one of which is held back, an approval, one more call. */
const order = (url: string): object => {
  const call = (id: string, more: object) => ({
    ...{ id, type: 'task', taskType: 'http.request', input: { url: `${url}/${id}` } },
    ...more,
  });
  return {
    ...{ apiVersion: 'v1.0', name: 'Order', inputs: { amount: { type: 'number', default: 10 } } },
    nodes: [
      { id: 'prepare', type: 'parallel', branches: ['reserve', 'charge'], next: 'review' },
      call('reserve', {}),
      call('charge', {}),
      { id: 'review', type: 'approval', next: 'ship' },
      call('ship', {}),
    ],
  };
};

/** Fails twice before it gives up. */
const broken = {
  ...{ apiVersion: 'v1.0', name: 'Broken' },
  nodes: [
    { id: 'calm', type: 'wait', duration: 'PT0S', next: 'call' },
    {
      ...{ id: 'call', type: 'task', taskType: 'http.request', input: { url: 'http://127.0.0.1:9/never' } },
      retryPolicy: { maxAttempts: 1 },
    },
  ],
};

/** At the provider. */
async function signInAs(page: WatchedPage['page'], name: string): Promise<void> {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

describe('signing in', () => {
  it('happens by itself for the tenant of this machine; somebody who signs out chooses whom to be', async () => {
    await publishFlow(alice, 'order', order(called.url));
    const page = await visit('/ui');
    await page.waitForURL(`**${runsPath}`); // the only workspace
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'With an API key' }).waitFor();
    expect(await lookAt(page, 'sign-in')).toEqual([]);
    await page.getByLabel('API key').fill('flc_service_wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('That credential was not accepted.').waitFor();
    await page.getByLabel('Tenant').fill('acme');
    await page.getByLabel('Your name').fill('bob');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('bob', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('bob', { exact: true }).waitFor(); // names are remembered
  });

  it('with a key opens the page that was asked for; after a reload the key is asked for again', async () => {
    const created = await fetch(`${services.url}/v1/internal/flows/workspaces/${WORKSPACE}/api-keys`, {
      method: 'POST',
      headers: { ...alice.headers, 'x-actor-roles': 'superadmin', 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'service' }),
    });
    const { key } = (await created.json()) as { readonly key: string };
    const page = await visit(`/ui/w/${WORKSPACE}/flows`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const _time of ['first', 'again']) {
      await page.getByLabel('API key').fill(key);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('link', { name: 'order', exact: true }).waitFor();
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain('flc_');
      await page.reload();
    }
  });

  it('at a provider of identities comes back to the page; tokens are renewed, over a reload too', async () => {
    const page = await visit(`/ui/w/${WORKSPACE}/flows`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    const asking = page.waitForRequest((request) => request.url().startsWith(`${provider.issuer}/auth?`));
    await page.getByRole('button', { name: /^Sign in at/ }).click();
    const asked = new URL((await asking).url()).searchParams;
    expect([asked.get('scope'), asked.get('audience')]).toEqual(['openid profile', 'flows']);
    await signInAs(page, 'carol');
    await page.waitForURL(`**/ui/w/${WORKSPACE}/flows`);
    await page.getByText('carol', { exact: true }).waitFor();
    const given = provider.tokens();
    await waitUntil('the token is renewed', () => Promise.resolve(provider.tokens() > given), {
      timeoutMs: 60_000,
      everyMs: 200,
    });
    await page.reload();
    await page.getByText('carol', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'order', exact: true }).waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('eyJ');

    // As after a long sleep: the token is refused before it was renewed.
    const known = provider.tokens();
    let refused = 0;
    await page.route('**/v1/flows/workspaces/*/schedules', async (route) => {
      if ((refused += 1) > 1) return route.continue();
      await route.fulfill({ status: 401, body: '{"code":"UNAUTHENTICATED","message":"over"}' });
    });
    await page.getByRole('link', { name: 'Schedules' }).click();
    await page.getByText('No flow has a schedule.').waitFor();
    expect([refused, provider.tokens() > known]).toEqual([2, true]);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${provider.issuer}/session/end**`);
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.waitForURL(`${services.url}/ui/`);
    await page.getByRole('button', { name: /^Sign in at/ }).click();
    await page.locator('input[name=login]').waitFor(); // the provider does not know the person any more
  });

  it('at a provider that refuses says what to do, under the address that was asked for', async () => {
    const page = await visit(`/ui/w/${WORKSPACE}/flows`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /^Sign in at/ }).click();
    await page.locator('a[href$="/abort"]').click();
    await page.getByText(/The provider has not let you in.*access_denied/).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/ui/w/${WORKSPACE}/flows`);
    expect(await lookAt(page, 'sign-in-refused')).toEqual([]);
    await page.goto('/ui/signed-in?code=old&state=unknown');
    await page.getByText(/begun in another tab/).waitFor();
    await page.getByRole('button', { name: /^Sign in at/ }).click();
    await signInAs(page, 'dora');
    await page.getByRole('button', { name: 'Sign out' }).and(page.getByTitle('You are dora')).waitFor();
  });
});

describe('a run', () => {
  it('is shown as it goes on, from its first call over an approval to its end', async () => {
    called.hold('/charge');
    const { executionId } = await startRun(alice, 'order', { amount: 7 });
    const page = await visit(runUrl(executionId));
    const node = (id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);
    await node('reserve').getByText('completed').waitFor();
    await node('charge')
      .getByText(/started|retrying/)
      .waitFor();
    expect(await page.title()).toBe('Running · order · Flowplane');
    called.release('/charge');
    await node('review').getByText('waits for approval').click();
    await page.getByRole('button', { name: 'Approve review of order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await node('ship').getByText('completed').waitFor();
    await page.locator('h1').getByText('Completed').waitFor();
    await node('charge').getByText('200', { exact: true }).waitFor(); // what the server answered, at a glance
    await node('charge').click();
    const panel = page.getByRole('complementary', { name: 'Node charge' });
    await panel.getByText('The server answered with 200.').waitFor();
    await panel.getByText(`${called.url}/charge`).waitFor();
    // One node after the other, by mouse and by keyboard; the panel stays as it was chosen.
    await node('ship').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Node ship' }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => page.getByRole('complementary').count(), { timeout: 60_000 }).toBe(0);
    await node('charge').click();
    await panel.waitFor();
    expect(new URL(page.url()).search).toBe('?node=charge');
    expect(await lookAt(page, 'run-graph')).toEqual([]);
    for (const view of ['Timeline', 'Log', 'Input and result']) {
      await page.getByRole('tab', { name: view }).click();
      expect(await lookAt(page, `run-${view.split(' ', 1)[0]?.toLowerCase()}`)).toEqual([]);
    }
    await page.getByText('"amount": 7').first().waitFor();
    await page.getByRole('tab', { name: 'Input and result' }).press('ArrowRight');
    await page.getByRole('tab', { name: 'Sub-flows', selected: true }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Sub-flows');
  });

  it('that failed says why, and can be run again from what failed', async () => {
    await publishFlow(alice, 'broken', broken);
    const { executionId } = await startRun(alice, 'broken');
    const page = await visit(`${runUrl(executionId)}?node=call`);
    const panel = page.getByRole('complementary', { name: 'Node call' });
    await panel.getByText('The request is not allowed').waitFor();
    await page
      .locator('.run-header')
      .getByText(/failed with/)
      .waitFor();
    expect(await lookAt(page, 'run-failed')).toEqual([]);
    await page.getByRole('button', { name: 'Retry what failed' }).click();
    await page.getByRole('link', { name: 'an earlier run' }).waitFor();
    expect(page.url()).not.toContain(encodeURIComponent(executionId));
    await page.goBack();
    await page.waitForURL(`**${runUrl(executionId)}?node=call`);
  });

  it('goes on being shown where it was, over a reload and a lost network', async () => {
    called.hold('/charge');
    const { executionId } = await startRun(alice, 'order');
    const page = await visit(runUrl(executionId));
    const node = (id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);
    await node('charge')
      .getByText(/started|retrying/)
      .waitFor();
    await page.reload();
    await node('reserve').getByText('completed').waitFor();
    await page.context().setOffline(true);
    called.release('/charge');
    await page.context().setOffline(false);
    await node('review').getByText('waits for approval').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('h1').getByText('Canceled').waitFor();
    expect(await page.title()).toBe('Canceled · order · Flowplane');
  });

  it('is found under its address of old', async () => {
    const { executionId } = await startRun(alice, 'broken');
    const place = new URLSearchParams({ t: 'acme', w: WORKSPACE, f: 'broken', e: executionId });
    const page = await visit(`/ui#${place.toString()}`);
    await page.getByText(executionId).waitFor();
    expect(new URL(page.url()).pathname).toBe(runUrl(executionId));
  });
});

describe('the runs of a workspace', () => {
  it('appear by themselves, are found by filters that the address keeps, and are cancelled together', async () => {
    const page = await visit(runsPath);
    const rows = page.locator('tbody tr');
    await rows.getByText('Completed').first().waitFor();
    called.hold('/charge');
    const started = [await startRun(alice, 'order'), await startRun(alice, 'order')];
    const before = Date.now();
    await expect.poll(() => rows.getByText('Running').count(), { timeout: 60_000 }).toBe(started.length);
    process.stdout.write(`runs that were started elsewhere are listed after ${Date.now() - before} ms\n`);
    expect(await lookAt(page, 'runs')).toEqual([]);
    await page.getByLabel('Status').selectOption('Running');
    await page.getByLabel('Text').fill('order');
    await page.getByLabel('Text').press('Enter');
    await page.waitForURL('**/runs?status=Running&text=order');
    expect(await page.evaluate('document.activeElement.type')).toBe('search'); // one can go on typing
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(started.length);
    await page.reload(); // the address has the filters
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(started.length);
    await page.getByLabel('Select all that are shown').check();
    page.once('dialog', (question) => void question.accept());
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('2 done').waitFor();
    await page.getByText('No run fits these filters.').waitFor();
    called.release('/charge');
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => rows.getByText('Canceled').count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
  });
});

describe('a flow', () => {
  it('is shown with its picture and its runs, and started with an input', async () => {
    const page = await visit(`/ui/w/${WORKSPACE}/flows`);
    expect(await lookAt(page, 'flows')).toEqual([]);
    await page.getByRole('link', { name: 'order' }).click();
    await page.locator('.react-flow__node[data-id="ship"]').waitFor();
    expect(await lookAt(page, 'flow')).toEqual([]);
    await page.getByLabel('amount').fill('3');
    await page.getByRole('button', { name: 'Start a run' }).click();
    await page.waitForURL(`**${runsPath}/*`);
    await page.getByRole('tab', { name: 'Input and result' }).click();
    await page.getByText('"amount": 3').waitFor();
    expect(await page.title()).toContain('order · Flowplane');
  });
});
