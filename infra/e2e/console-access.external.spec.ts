import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { publishFlow } from './driver/api-client.js';
import { lookAt } from './driver/browser.js';
import { signInWithKey } from './driver/console-actions.js';
import { pathOf, useConsole, WORKSPACE } from './driver/console-visits.js';
import { cronFlow } from './driver/cron.js';

const visits = useConsole(() => ({ FLOWS_QUOTAS: 'off' }));
const visit = (...path: readonly string[]): Promise<Page> => visits.visit(pathOf(...path));

describe('somebody with an API key', () => {
  it('sees what the key is not for, and finds every page in the menu of a narrow screen', async () => {
    await publishFlow(visits.alice, 'nightly', cronFlow(['CRON_TZ=Europe/Berlin 0 3 1 1 *']));
    const key = await visits.makeKey();
    const page = await visit('schedules');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signInWithKey(page, key);
    await page.getByText('You may see schedules, and not change them.').waitFor();
    expect(await page.getByRole('button', { name: 'Pause nightly' }).isDisabled()).toBe(true);
    await page.setViewportSize({ width: 390, height: 900 });
    const menu = page.getByRole('button', { name: 'Schedules' });
    await menu.press('Enter');
    expect(await lookAt(page, 'menu')).toEqual([]);
    await page.setViewportSize({ width: 390, height: 900 });
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByText('You may not see or change connections.').waitFor();
    expect(await page.getByRole('link', { name: 'Audit' }).isVisible()).toBe(false); // the menu is closed again
    await page.getByRole('button', { name: 'Connections' }).click();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('You may not see or do this.').waitFor();
    await page.getByText('known by an API key').waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(await page.getByRole('link', { name: 'Choose a workspace' }).count()).toBe(0); // there is no other one
    expect(await page.title()).toBe(`Audit · ${WORKSPACE} · Flowplane`);
    expect(await lookAt(page, 'forbidden')).toEqual([]);
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click();
    await page.getByRole('heading', { name: 'With an API key' }).waitFor();
  });
});

describe('a tenant with very many workspaces', () => {
  it('finds them by their names', async () => {
    const operator = { 'x-tenant-id': 'many', 'x-auth-subject': 'operator', 'x-actor-roles': 'platform_admin' };
    const headers = { ...operator, 'content-type': 'application/json' };
    const numbered = Array.from({ length: 205 }, (_, index) => `team-${String(index).padStart(3, '0')}`);
    const names = [...numbered, 'team-20']; // with which others begin
    for (const name of names) {
      const url = `${visits.services.url}/v1/internal/flows/workspaces/${name}`;
      const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ tenantId: 'many' }) });
      expect(answer.status).toBe(200);
    }
    const page = await visit('runs');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Tenant').fill('many');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByTitle('You are demo').waitFor();
    await page.getByRole('link', { name: 'Flowplane' }).click();
    await page.getByText('These are the first 200').waitFor();
    expect(await lookAt(page, 'workspaces')).toEqual([]);
    const search = page.getByRole('combobox', { name: 'Workspace' });
    await page.locator('datalist option[value="team-20"]').waitFor({ state: 'attached' });
    await search.pressSequentially('team-204');
    expect(await search.inputValue()).toBe('team-204');
    expect(page.url()).not.toContain('/w/');
    await search.press('Enter');
    await page.waitForURL('**/w/team-204/runs');
    expect(await search.inputValue()).toBe('team-204');
    // As when it is chosen from the list, which belongs to the browser.
    await page.evaluate(`(() => {
      const field = document.querySelector('.workspace-search input');
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'team-20');
      field.dispatchEvent(new Event('input', { bubbles: true }));
    })()`);
    await page.waitForURL('**/w/team-20/runs');
  });
});

describe('somebody whom a gateway lets in to nothing', () => {
  it('sees so on the first page, which does not ask over and over', async () => {
    const page = await visit('runs');
    let asked = 0;
    await page.route(
      ({ pathname }) => pathname.endsWith('/me'),
      (route) => {
        asked += 1;
        return route.fulfill({ status: 403, json: { code: 'FORBIDDEN', message: 'Not from here.' } });
      },
    );
    await page.goto('/ui');
    const card = page.getByRole('alert').getByText('Not from here.');
    await card.waitFor();
    const before = asked; // it is tried twice
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => asked, { timeout: 60_000 }).toBe(2 * before);
    await card.waitFor();
    expect([before, asked]).toEqual([2, 4]);
  });
});
