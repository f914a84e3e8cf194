import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishFlow } from './driver/api-client.js';
import { approvalsFlow } from './driver/approvals.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { signInAs, signInWithKey, writeBehind, writeYaml } from './driver/console-actions.js';
import { pathOf, useConsole } from './driver/console-visits.js';
import { startLoginProvider, type LoginProvider } from './driver/login-provider.js';

let called: CalledServer;
let provider: LoginProvider;
beforeAll(async () => {
  called = await startCalledServer();
  provider = await startLoginProvider({ tenant_id: 'acme', realm_access: { roles: ['tenant_owner'] } }, 3_600);
});
const visits = useConsole(() => ({
  ...{ FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
  ...{ FLOWS_JWKS_URL: provider.jwksUrl, FLOWS_JWT_ISSUER: provider.issuer, FLOWS_JWT_AUDIENCE: provider.audience },
  ...{ FLOWS_OIDC_ISSUER: provider.issuer, FLOWS_OIDC_CLIENT_ID: provider.clientId },
}));
beforeAll(async () => {
  await provider.open(`${visits.services.url}/ui/signed-in`, `${visits.services.url}/ui/`);
  await publishFlow(visits.alice, 'other', approvalsFlow([{ id: 'agree' }])); // a workspace begins with its first flow
});
afterAll(async () => {
  await called?.close();
  await provider?.close();
});

/** A call, somebody who has to agree, and a call that is tried twice; one `next` is misspelled. */
const mistaken = (url: string): string => `apiVersion: v1.0
name: Deliver
inputs:
  order: { type: string, required: true }
nodes:
  - id: reserve
    type: task
    taskType: http.request
    input: { url: '${url}/reserve' }
    nxt: agree
  - id: agree
    type: approval
    message: 'Deliver order \${{ inputs.order }}?'
    next: deliver
  - id: deliver
    type: task
    taskType: http.request
    input: { url: '${url}/deliver', failOn: [4xx, 5xx] }
    retryPolicy: { maxAttempts: 2 }
`;

const node = (page: Page, id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);
const ended = (page: Page, status: string): Promise<void> => page.locator('h1').getByText(status).waitFor();

/** In each way that is there; the last one stays. */
async function signInEachWay(page: Page): Promise<void> {
  const signOut = page.getByRole('button', { name: 'Sign out' });
  const isSignedIn = (as: string): Promise<void> => signOut.and(page.getByTitle(as)).waitFor();
  await isSignedIn('You are console'); // by headers, as on one's own machine
  await signOut.click();
  await signInWithKey(page, await visits.makeKey());
  await isSignedIn('You are known by an API key');
  await signOut.click();
  await page.getByRole('button', { name: /^Sign in at/ }).click();
  await signInAs(page, 'carol');
  await isSignedIn('You are carol');
}

async function author(page: Page): Promise<void> {
  const findings = page.locator('.author-findings');
  const sheet = page.getByRole('dialog');
  await page.getByRole('link', { name: 'New flow' }).click();
  await page.getByRole('button', { name: 'An empty flow' }).click();
  await findings.getByText('no errors').waitFor();
  await writeYaml(page, mistaken(called.url));
  await findings.getByText('line 10').waitFor();
  await findings.getByRole('button', { name: /Did you mean "next"/ }).click();
  await page.keyboard.type('next: agree');
  await findings.getByText('no errors').waitFor();
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(`**${pathOf('flows', 'deliver', 'edit')}`);
  await page.getByRole('button', { name: 'Publish…' }).click();
  await sheet.getByText('This becomes version 1.').waitFor();
  await sheet.getByRole('button', { name: 'Publish' }).click();
  await sheet.getByRole('heading', { name: 'Version 1 is published' }).waitFor();
  await sheet.getByRole('button', { name: 'Go on writing' }).click();
  await writeBehind(page, 'name: Deliver', ' an order');
  await page.getByText('Unsaved changes').waitFor();
  await page.getByRole('button', { name: 'Publish…' }).click();
  await sheet.locator('.cm-changedText').getByText('an order').waitFor();
  await sheet.getByRole('button', { name: 'Publish' }).click();
  await sheet.getByRole('heading', { name: 'Version 2 is published' }).waitFor();
  await sheet.getByRole('link', { name: 'Start a run' }).click();
}

it('somebody signs in, writes a flow, publishes and runs it, agrees, and mends a run that has failed', async () => {
  const begun = Date.now();
  const page = await visits.visit(pathOf('flows'));
  await signInEachWay(page);
  await author(page);

  // Nodes change under the eyes of who looks.
  called.hold('/reserve');
  await page.getByLabel('order').fill('o-1');
  await page.getByRole('button', { name: 'Start a run' }).click();
  await page.waitForURL(`**${pathOf('runs')}/*`);
  await node(page, 'reserve').getByText('started').waitFor();
  called.release('/reserve');
  await node(page, 'reserve').getByText('completed').waitFor();
  await node(page, 'agree').getByText('waits for approval').waitFor();

  await page.getByRole('link', { name: 'Approvals' }).click();
  await page.getByText('Deliver order o-1?').waitFor();
  await page.getByRole('button', { name: 'Approve agree of deliver' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.getByText('of deliver is decided.').waitFor();
  await page.getByRole('link', { name: 'See the run' }).first().click();
  await ended(page, 'Completed');

  // The same once more, where the server is ill: what was tried, why it failed, and what was said on the way.
  called.fail('/deliver'); // ends the run, as its author wants it
  called.fail('/reserve'); // ends nothing, and is said in the log
  const first = page.url();
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.waitForURL((url) => url.href !== first);
  await node(page, 'agree').getByText('waits for approval').click();
  await page.getByRole('button', { name: 'Approve agree of deliver' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await ended(page, 'Failed');
  await page.getByText('failed with').waitFor();
  await node(page, 'deliver').click();
  const panel = page.getByRole('complementary', { name: 'Node deliver' });
  const attempts = panel.locator('.attempts li');
  await expect.poll(() => attempts.count(), { timeout: 60_000 }).toBe(2);
  expect(await attempts.locator('.error').allTextContents()).toEqual([
    expect.stringContaining('503'),
    expect.stringContaining('503'),
  ]);
  await page.getByRole('tab', { name: 'Log' }).click();
  const lines = page.locator('.lines li');
  await lines.filter({ hasText: 'reserve' }).getByText('The server answered 503.').waitFor(); // by the task
  await lines.and(page.locator('[data-level=warn]')).filter({ hasText: 'deliver' }).getByText('503').first().waitFor();
  await lines.and(page.locator('[data-level=error]')).filter({ hasText: 'deliver' }).getByText('503').first().waitFor();

  // From the node that failed: nothing before it runs again, and nobody is asked again.
  called.release('/deliver');
  called.release('/reserve');
  const failed = page.url();
  const before = called.calls.get('/reserve');
  await panel.getByRole('button', { name: 'Retry from here' }).click();
  await page.waitForURL((url) => url.pathname !== new URL(failed).pathname);
  await ended(page, 'Completed');
  await page.getByRole('tab', { name: 'Graph' }).click();
  await node(page, 'reserve').click();
  await page.getByText('Taken over from the run before').waitFor();
  expect(called.calls.get('/reserve')).toBe(before);
  process.stdout.write(`the whole story took ${Math.round((Date.now() - begun) / 1_000)} s\n`);
});
