import { readFile } from 'node:fs/promises';
import { waitUntil } from '@flowplane/stack';
import type { Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishFlow, startRun } from './driver/api-client.js';
import { lookAt } from './driver/browser.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { signInAs, signInWithKey } from './driver/console-actions.js';
import { pathOf, useConsole, WORKSPACE } from './driver/console-visits.js';
import { startLoginProvider, type LoginProvider } from './driver/login-provider.js';

/** So short that tokens are renewed all the time, and that a test can wait for the end of one. */
const TOKEN_TTL_S = 6;

let called: CalledServer;
let provider: LoginProvider;
beforeAll(async () => {
  called = await startCalledServer();
  provider = await startLoginProvider({ tenant_id: 'acme', realm_access: { roles: ['tenant_owner'] } }, TOKEN_TTL_S);
});
const visits = useConsole(() => ({
  ...{ FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
  ...{ FLOWS_JWKS_URL: provider.jwksUrl, FLOWS_JWT_ISSUER: provider.issuer, FLOWS_JWT_AUDIENCE: provider.audience },
  ...{ FLOWS_OIDC_ISSUER: provider.issuer, FLOWS_OIDC_CLIENT_ID: provider.clientId },
  ...{ FLOWS_OIDC_SCOPE: 'openid profile', FLOWS_OIDC_AUDIENCE: 'flows', FLOWS_JWT_LEEWAY: '0s' },
}));
const { visit, makeKey } = visits;
beforeAll(() => provider.open(`${visits.services.url}/ui/signed-in`, `${visits.services.url}/ui/`));
afterAll(async () => {
  await called?.close();
  await provider?.close();
});

const runsPath = pathOf('runs');
const runUrl = (executionId: string): string => pathOf('runs', executionId);

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

describe('signing in', () => {
  it('happens by itself for the tenant of this machine; somebody who signs out chooses whom to be', async () => {
    await publishFlow(visits.alice, 'order', order(called.url));
    const page = await visit('/ui');
    await page.waitForURL(`**${runsPath}`); // the only workspace
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'With an API key' }).waitFor();
    expect(await lookAt(page, 'sign-in')).toEqual([]);
    await signInWithKey(page, 'flc_service_wrong');
    await page.getByText('That credential was not accepted.').waitFor();
    await page.getByLabel('Tenant').fill('acme');
    await page.getByLabel('Your name').fill('bob');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('bob', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('bob', { exact: true }).waitFor(); // names are remembered
  });

  it('with a key opens the page that was asked for; after a reload the key is asked for again', async () => {
    const key = await makeKey();
    const page = await visit(pathOf('flows'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const _time of ['first', 'again']) {
      await signInWithKey(page, key);
      await page.getByRole('link', { name: 'order', exact: true }).waitFor();
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain('flc_');
      await page.reload();
    }
  });

  it('at a provider of identities comes back to the page; tokens are renewed, over a reload too', async () => {
    const page = await visit(pathOf('flows'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    const asking = page.waitForRequest((request) => request.url().startsWith(`${provider.issuer}/auth?`));
    await page.getByRole('button', { name: /^Sign in at/ }).click();
    const asked = new URL((await asking).url()).searchParams;
    expect([asked.get('scope'), asked.get('audience')]).toEqual(['openid profile', 'flows']);
    await signInAs(page, 'carol');
    await page.waitForURL(`**${pathOf('flows')}`);
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

    // As after a long sleep: the token has ended, and nobody renews it before the API has refused it.
    const isOfProvider = (url: URL): boolean => url.origin === provider.issuer;
    const isOfSchedules = (answer: { readonly url: () => string }): boolean =>
      new URL(answer.url()).pathname.endsWith('/schedules') && answer.url().includes('/v1/');
    let whenAsked = (route: Route): Promise<void> => route.abort();
    await page.context().route(isOfProvider, (route) => whenAsked(route));
    const known = provider.tokens();
    await waitUntil('the last token has ended', () => Promise.resolve(Date.now() > provider.lastTokenEnds()), {
      timeoutMs: 60_000,
      everyMs: 200,
    });
    const statuses: number[] = [];
    page.on('response', (answer) => {
      if (isOfSchedules(answer)) statuses.push(answer.status());
    });
    const refused = page.waitForResponse((answer) => isOfSchedules(answer) && answer.status() === 401);
    whenAsked = async (route) => {
      await refused;
      await route.continue();
    };
    await page.getByRole('link', { name: 'Schedules' }).click();
    await refused;
    await page.getByText('No flow has a schedule.').waitFor();
    await page.context().unroute(isOfProvider);
    expect([statuses.slice(0, 2), provider.tokens() > known]).toEqual([[401, 200], true]);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${provider.issuer}/session/end**`);
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.waitForURL(`${visits.services.url}/ui/`);
    await page.getByRole('button', { name: /^Sign in at/ }).click();
    await page.locator('input[name=login]').waitFor(); // the provider does not know the person any more
  });

  it('at a provider that refuses says what to do, under the address that was asked for', async () => {
    const page = await visit(pathOf('flows'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /^Sign in at/ }).click();
    await page.locator('a[href$="/abort"]').click();
    await page.getByText(/The provider has not let you in.*access_denied/).waitFor();
    expect(new URL(page.url()).pathname).toBe(pathOf('flows'));
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
    const { executionId } = await startRun(visits.alice, 'order', { amount: 7 });
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
    await publishFlow(visits.alice, 'broken', broken);
    const { executionId } = await startRun(visits.alice, 'broken');
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
    const { executionId } = await startRun(visits.alice, 'order');
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
    const { executionId } = await startRun(visits.alice, 'broken');
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
    const started = [await startRun(visits.alice, 'order'), await startRun(visits.alice, 'order')];
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
    const outcomes = page.getByRole('list', { name: 'What came of each' }).getByRole('listitem');
    expect(await outcomes.getByText('✓ done').count()).toBe(2);
    expect(await lookAt(page, 'runs-outcomes')).toEqual([]);
    await page.getByText('No run fits these filters.').waitFor();
    called.release('/charge');
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => rows.getByText('Canceled').count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
  });
});

describe('a flow', () => {
  it('is shown with its picture, its runs, and a form that starts it', async () => {
    const page = await visit(pathOf('flows'));
    expect(await lookAt(page, 'flows')).toEqual([]);
    await page.getByRole('link', { name: 'order' }).click();
    await page.locator('.react-flow__node[data-id="ship"]').waitFor();
    expect(await lookAt(page, 'flow')).toEqual([]);
    await page.getByLabel('amount').waitFor();
  });
});

describe('what the console is made of', () => {
  it('is delivered with its licences, and named in NOTICE', async () => {
    const answer = await fetch(`${visits.services.url}/ui/assets/licenses.md`);
    const delivered = [...(await answer.text()).matchAll(/^## (\S+) - \S+ \((.+)\)$/gm)].map(
      ([, name = '', licence = '']) => `${name} (${licence})`,
    );
    const notice = await readFile(new URL('../../NOTICE', import.meta.url), 'utf8');
    // The first is of the pages, the second of a worker.
    expect(delivered).toEqual(expect.arrayContaining(['react (MIT)', 'yaml (ISC)']));
    expect(delivered.filter((line) => !notice.includes(`\n- ${line}\n`))).toEqual([]);
    expect([...notice.matchAll(/^- (.+)$/gm)].length).toBe(delivered.length + 1); // and the page of the API
  });
});

describe('the pages about Flowplane', () => {
  it('can be read in every light and on a phone, from the console on', async () => {
    const from = await visit(pathOf('flows'));
    const opened = from.context().waitForEvent('page');
    await from.getByRole('link', { name: 'Docs' }).click();
    const page = await opened; // who has signed in with a key stays signed in where they were
    page.setDefaultTimeout(60_000);
    await page.getByRole('heading', { name: 'To begin with' }).waitFor();
    expect(await lookAt(page, 'docs-index')).toEqual([]);
    await page.getByRole('main').getByRole('link', { name: 'Writing flows' }).click();
    await page.getByRole('heading', { name: 'A first flow' }).waitFor();
    expect(await lookAt(page, 'docs-language')).toEqual([]);
    // Its tables are wider than a phone, and scroll by themselves.
    await page.goto('/docs/configuration');
    await page.setViewportSize({ width: 390, height: 900 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.getByRole('link', { name: 'API', exact: true }).click();
    await page.getByRole('link', { name: /^Pages:/ }).click();
    await page.waitForURL('**/docs/index');
  });
});
