import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { writeBehind, writeYaml } from './driver/console-actions.js';
import { pathOf, useConsole } from './driver/console-visits.js';

const visits = useConsole(() => ({ FLOWS_QUOTAS: 'off' }));
const { visit } = visits;

const base = pathOf();
/** What a page has to show may take long on a busy machine. */
const PATIENT = { timeout: 60_000 };

const CHARGE = `apiVersion: v1.0
name: Charge
nodes:
  - id: charge
    type: task
    taskType: http.request
    input: { url: 'https://shop.example.com/charge' }
    next: ship
  - id: ship
    type: task
    taskType: http.request
    input: { url: 'https://shop.example.com/ship' }
`;

/** `window.marked` becomes how long it takes from the next key to the mark of an error, ms. */
const MEASURE = `void (window.marked = new Promise((resolve) => {
  addEventListener('keydown', () => {
    const from = performance.now();
    const watcher = new MutationObserver(() => {
      if (document.querySelector('.cm-lintRange-error') === null) return;
      watcher.disconnect();
      resolve(performance.now() - from);
    });
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
  }, { once: true, capture: true });
}))`;

/** `window.finding` says whether what only the API has found was shown all the time. */
const WATCH_FINDING = `(() => {
  const list = document.querySelector('.author-findings');
  window.finding = 'stays';
  new MutationObserver(() => {
    if (!list.textContent.includes('no such published version')) window.finding = 'was away';
  }).observe(list, { subtree: true, childList: true, characterData: true });
})()`;

const findings = (page: Page) => page.locator('.author-findings');

describe('the editor', () => {
  it('proposes what may stand there, says what it means, and is left with Escape', async () => {
    const body = { name: 'Charge', flowId: 'charge', definitionYaml: CHARGE };
    await visits.alice.typed.call('createFlow', { body, prefer: { waitS: 60 } });
    const page = await visit(`${base}/flows/charge/edit`);
    await page.locator('.react-flow__node[data-id="ship"]').waitFor();
    await page.locator('.cm-line').getByText('next: ship').click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('retry');
    await page.locator('.cm-tooltip-autocomplete').getByText('retryPolicy').waitFor();
    await page.locator('.cm-completionInfo').getByText('How often and when the task is tried again').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.cm-tooltip-autocomplete').waitFor({ state: 'detached' });
    await page.locator('.cm-line').getByText('taskType').first().hover();
    await page.locator('.hover-box').waitFor();
    await page.locator('.yaml-editor .cm-content').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate('document.activeElement.textContent'), PATIENT).toBe('Save draft');
  });

  it('marks findings while one writes, and what only the API knows a little later', async () => {
    const page = await visit(`${base}/new-flow?from=empty`);
    await findings(page).getByText('no errors').waitFor();
    await page.locator('.cm-line').getByText('taskType').click();
    await page.keyboard.press('End');
    const times: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      await page.evaluate(MEASURE);
      await page.keyboard.press('x');
      times.push(Number(await page.evaluate('window.marked')));
      await page.keyboard.press('Backspace');
      await findings(page).getByText('no errors').waitFor();
    }
    process.stdout.write(`an error was marked ${times.map(Math.round).join(', ')} ms after the key\n`);
    await writeYaml(
      page,
      `apiVersion: v1.0\nname: Sub\nnodes:\n  - { id: s, type: sub-flow, flowId: nowhere, flowVersion: '1' }\n`,
    );
    await findings(page).getByText('no such published version').waitFor();
    await findings(page).getByText('line 4').waitFor();

    // It stays while one writes on, until the API has answered again.
    await page.evaluate(WATCH_FINDING);
    const answered = page.waitForResponse('**/validate');
    await writeBehind(page, 'name: Sub', 'marine');
    await answered;
    expect(await page.evaluate('window.finding')).toBe('stays');

    // And where the API does not answer.
    await page.evaluate(WATCH_FINDING);
    await page.route('**/validate', (route) => route.abort());
    for (const more of ['s', ' at sea']) {
      const lost = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/validate'));
      await writeBehind(page, 'name: Sub', more);
      await lost;
    }
    await findings(page).getByText('no such published version').waitFor();
    expect(await page.evaluate('window.finding')).toBe('stays');
  });
});
