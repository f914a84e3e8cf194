import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishFlow } from './driver/api-client.js';
import { lookAt } from './driver/browser.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { hold, writeBehind, writeYaml } from './driver/console-actions.js';
import { pathOf, useConsole } from './driver/console-visits.js';
import { webhookFlow } from './driver/webhooks.js';

let called: CalledServer;
beforeAll(async () => {
  called = await startCalledServer();
});
const visits = useConsole(() => ({ FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort }));
const { visit } = visits;
afterAll(() => called?.close());

const base = pathOf();
/** What a page has to show may take long on a busy machine. */
const PATIENT = { timeout: 60_000 };

/** A flow whose `next` is misspelled. */
const mistaken = (url: string): string => `apiVersion: v1.0
name: Charge an order
inputs:
  order: { type: string, required: true, description: Number of the order. }
  amount: { type: number, default: 10 }
  urgent: { type: boolean }
nodes:
  - id: charge
    type: task
    taskType: http.request
    input: { url: '${url}/charge', method: POST, body: { amount: '\${{ inputs.amount }}' } }
    nxt: ship
  - id: ship
    type: task
    taskType: http.request
    input: { url: '${url}/ship' }
`;

const lines = (page: Page): Promise<readonly string[]> => page.locator('.yaml-editor .cm-line').allTextContents();
const saved = (page: Page): Promise<void> => page.locator('.draft-state', { hasText: /^Saved/ }).waitFor();
const findings = (page: Page) => page.locator('.author-findings');
const node = (page: Page, id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);

describe('a new flow', () => {
  it('is written with a mistake, mended, published, started, and rolled back', async () => {
    await publishFlow(visits.alice, 'other', webhookFlow());
    const page = await visit(`${base}/flows`);
    await page.getByRole('link', { name: 'New flow' }).click();
    await page.getByRole('button', { name: 'Ask a person above a limit' }).waitFor();
    expect(await lookAt(page, 'author-choice')).toEqual([]);
    await page.getByRole('button', { name: 'An empty flow' }).click();
    await findings(page).getByText('no errors').waitFor();

    // The mistake is marked in its line, soon.
    const before = await page.evaluate('performance.now()');
    await writeYaml(page, mistaken(called.url));
    const mark = page.locator('.cm-lintRange-error');
    await mark.first().waitFor();
    const took = Number(await page.evaluate('performance.now()')) - Number(before);
    process.stdout.write(`findings ${Math.round(took)} ms after a text was pasted\n`);
    expect(await mark.allTextContents()).toEqual(['nxt: ship']);
    await findings(page).getByText('line 12').waitFor();
    await findings(page).getByText('Did you mean "next"?').waitFor();
    await page.getByText('As it was before the last mistake').waitFor();
    expect(await lookAt(page, 'author-mistake')).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('It cannot be saved yet').waitFor();

    // A click on the finding leads there; what it says is done.
    await findings(page)
      .getByRole('button', { name: /Did you mean/ })
      .click();
    await page.keyboard.type('next: ship');
    await findings(page).getByText('no errors').waitFor();
    await node(page, 'ship').waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(`**${base}/flows/charge-an-order/edit`);

    // Nodes lead to their lines, and lines to their nodes.
    await node(page, 'ship').click();
    await page.locator('.cm-activeLine').getByText('id: ship').waitFor();
    await node(page, 'charge').press('Enter');
    await page.locator('.cm-activeLine').getByText('id: charge').waitFor();
    expect(await page.getByText('Unsaved changes').count()).toBe(0);
    await page.locator('.cm-line').getByText('taskType: http.request').first().click();
    await page.locator('.react-flow__node.selected[data-id="charge"]').waitFor();
    expect(await lookAt(page, 'author')).toEqual([]);

    await page.getByRole('button', { name: 'Publish…' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByText('This becomes version 1.').waitFor();
    await sheet.locator('.cm-line').getByText('name: Charge an order').waitFor();
    await sheet.getByRole('button', { name: 'Publish' }).click();
    await sheet.getByRole('heading', { name: 'Version 1 is published' }).waitFor();
    await sheet.getByRole('link', { name: 'Start a run' }).click();

    // The form knows the declared inputs.
    await page.getByRole('button', { name: 'Start a run' }).click();
    await page.getByText("Input 'order' is required.").waitFor();
    await page.getByLabel('amount').fill('much');
    await page.getByRole('button', { name: 'Start a run' }).click();
    await page.getByText('This must be a number').waitFor();
    expect(await lookAt(page, 'start-form')).toEqual([]);
    // The JSON would lack what is no number: it stays in its field until it is mended.
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByText('Some inputs are of another type').waitFor();
    expect(await page.getByLabel('amount').inputValue()).toBe('much');
    await page.getByLabel('order').fill('o-1');
    await page.getByLabel('amount').fill('3.5');
    await page.getByLabel('urgent').selectOption('true');
    await page.getByRole('tab', { name: 'JSON' }).click();
    expect(JSON.parse(await page.getByLabel('Input (JSON)').inputValue())).toEqual({
      order: 'o-1',
      amount: 3.5,
      urgent: true,
    });
    await page.getByRole('tab', { name: 'Form' }).click();
    await page.getByRole('button', { name: 'Add a label' }).click();
    await page.getByLabel('Name of label 1').fill('team');
    await page.getByLabel('Text of label 1').fill('billing');

    // The answer is lost on its way; the same start is asked for again.
    let lost = 0;
    await page.route('**/executions', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name: 'Start a run' }).click();
    await page.getByText('Flowplane cannot be reached.').waitFor();
    await page.getByRole('button', { name: 'Start a run' }).click();
    await page.waitForURL(`**${base}/runs/*`);
    await page.getByRole('tab', { name: 'Input and result' }).click();
    await page.getByText('"order": "o-1"').first().waitFor();
    await page.getByText('"amount": 3.5').first().waitFor();
    const { body } = await visits.alice.typed.call('listExecutions', { params: { flowId: 'charge-an-order' } });
    expect(body.items.map(({ labels }) => labels)).toEqual([{ team: 'billing' }]);
  });

  it('has versions that can be compared and rolled back to', async () => {
    const page = await visit(`${base}/flows/charge-an-order/edit`);
    await node(page, 'ship').waitFor();
    await writeBehind(page, 'name: Charge an order', ' soon');
    await page.getByText('Unsaved changes').waitFor();
    await page.keyboard.press('Control+s');
    await saved(page);
    await page.getByRole('button', { name: 'Publish…' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.locator('.cm-changedText').getByText('soon').waitFor();
    expect(await lookAt(page, 'publish')).toEqual([]);
    await sheet.getByRole('button', { name: 'Publish' }).click();
    await sheet.getByRole('heading', { name: 'Version 2 is published' }).waitFor();
    await sheet.getByRole('link', { name: 'Versions' }).click();
    await page.getByLabel('Compare version 1').check();
    await page.getByLabel('Compare version 2').check();
    expect(await lookAt(page, 'versions')).toEqual([]);
    await page.getByRole('button', { name: 'Compare 1 and 2' }).click();
    await page.waitForURL('**/versions?compare=1..2');
    await sheet.locator('.cm-changedText').getByText('soon').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Roll back to it…' }).click();
    await sheet.getByText('is published again, as version 3').waitFor();
    expect(await lookAt(page, 'rollback')).toEqual([]);
    await sheet.getByRole('button', { name: 'Publish version 1 again' }).click();
    await sheet.getByRole('heading', { name: 'Version 3 is published' }).waitFor();
    const call = (version: number) =>
      visits.alice.typed.call('getVersion', { params: { flowId: 'charge-an-order', version } });
    const [first, third] = await Promise.all([call(1), call(3)]);
    expect(third.body.definitionYaml).toBe(first.body.definitionYaml);

    // A version that nothing shall run any more; a second try of the same asks for nothing new.
    await sheet.getByRole('button', { name: 'Back to the versions' }).click();
    const asked: (string | undefined)[] = [];
    await page.route('**/flows/charge-an-order/versions/2', async (route) => {
      if (route.request().method() !== 'DELETE') return route.continue();
      asked.push(route.request().headers()['idempotency-key']);
      if (asked.length > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    page.on('dialog', (question) => void question.accept());
    const row = page.getByRole('row').filter({ has: page.getByLabel('Compare version 2') });
    await row.getByRole('button', { name: 'Archive' }).click();
    await row.getByText('Flowplane cannot be reached.').waitFor();
    await row.getByRole('button', { name: 'Archive' }).click();
    await row.getByText('archived').waitFor();
    expect(asked).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), asked[0]]);
  });
});

describe('a text that is not saved', () => {
  it('is asked about, survives a reload, and is not lost where somebody else has saved', async () => {
    const page = await visit(`${base}/flows/charge-an-order`);
    await page.getByRole('link', { name: 'Edit' }).click();
    await node(page, 'ship').waitFor();
    await writeBehind(page, 'name: Charge an order', ' by mine');
    await page.getByText('Unsaved changes').waitFor();
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void (dialog.type() === 'beforeunload' ? dialog.accept() : dialog.dismiss());
    });
    await page.getByRole('link', { name: 'Runs' }).click();
    await expect.poll(() => asked, PATIENT).toEqual(['confirm']);
    await page.evaluate('history.back()');
    await expect.poll(() => asked, PATIENT).toEqual(['confirm', 'confirm']);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(() => asked, PATIENT).toEqual(['confirm', 'confirm', 'confirm']);
    asked.length = 0;
    await page.waitForURL('**/edit');
    await page.getByText('Unsaved changes').waitFor();
    await page.reload();
    await page.getByText('This is the text that you had not saved').waitFor();
    expect(asked).toEqual(['beforeunload']);
    await expect.poll(async () => (await lines(page))[1], PATIENT).toBe('name: Charge an order by mine');

    // In another tab, somebody saves meanwhile.
    const other = await page.context().newPage();
    await other.goto(`${base}/flows/charge-an-order/edit`);
    await writeBehind(other, 'name: Charge an order', ' by theirs');
    await other.getByRole('button', { name: 'Save draft' }).click();
    await saved(other);
    await other.close();

    await page.getByRole('button', { name: 'Save draft' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByText('Somebody else has saved this flow').waitFor();
    expect(await lookAt(page, 'conflict')).toEqual([]);
    await sheet.getByRole('button', { name: 'Take theirs' }).click();
    await expect.poll(async () => (await lines(page))[1], PATIENT).toBe('name: Charge an order by theirs');
    await page.locator('.yaml-editor .cm-content').focus();
    await page.keyboard.press('Control+z');
    await expect.poll(async () => (await lines(page))[1], PATIENT).toBe('name: Charge an order by mine');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await saved(page);
    const { body } = await visits.alice.typed.call('getFlow', { params: { flowId: 'charge-an-order' } });
    expect(body.name).toBe('Charge an order by mine');
  });
});

describe('what is written while a save runs', () => {
  const draft = async (flowId: string) => (await visits.alice.typed.call('getFlow', { params: { flowId } })).body;

  it('is unsaved, and saved by the next save', async () => {
    const page = await visit(`${base}/flows/charge-an-order/edit`);
    await node(page, 'ship').waitFor();
    const held = hold(page, 'PATCH', '**/flows/charge-an-order');
    await writeBehind(page, 'name: Charge an order', ' A');
    await page.keyboard.press('Control+s');
    const letGo = await held;
    await page.keyboard.type('B');
    letGo();
    await page.getByRole('button', { name: 'Save draft' }).waitFor();
    await page.getByText('Unsaved changes').waitFor();
    expect((await draft('charge-an-order')).name).toMatch(/ A$/);
    await page.keyboard.press('Control+s');
    await saved(page);
    expect((await draft('charge-an-order')).name).toMatch(/ AB$/);
  });

  it('belongs to the flow that is made meanwhile', async () => {
    const page = await visit(`${base}/new-flow?from=empty`);
    await findings(page).getByText('no errors').waitFor();
    await page.locator('.draft-state', { hasText: /^not created yet/ }).waitFor();
    await page.getByLabel('Id', { exact: true }).fill('slowly-made');
    const held = hold(page, 'POST', '**/flows');
    await page.getByRole('button', { name: 'Create' }).click();
    const letGo = await held;
    await writeBehind(page, 'name: My flow', 'er');
    letGo();
    await page.getByRole('button', { name: 'Save draft' }).waitFor();
    await page.getByText('Unsaved changes').waitFor();
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.waitForURL(`**${base}/flows/slowly-made/edit`);
    await saved(page);
    expect(await draft('slowly-made')).toMatchObject({ name: 'My flower', revision: 2 });
  });
});

describe('a secret that is shown once', () => {
  it('stays where a read behind the publish fails, Escape is pressed, and Back is taken back, until it is kept', async () => {
    await visits.alice.call('POST', '/flows', {
      body: { name: 'hooked', flowId: 'hooked', definition: webhookFlow() },
    });
    const page = await visit(`${base}/flows/hooked`);
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('button', { name: 'Publish…' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByText('This becomes version 1.').waitFor();
    await page.route('**/flows/hooked', (route) =>
      route.request().method() === 'GET' ? route.abort() : route.fallback(),
    );
    await sheet.getByRole('button', { name: 'Publish' }).click();
    await sheet.getByRole('heading', { name: 'Version 1 is published' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await sheet.getByText('Secrets of webhooks are shown only here').waitFor();
    const question = page.waitForEvent('dialog');
    await page.evaluate('history.back()');
    await (await question).dismiss();
    await page.waitForURL('**/flows/hooked/edit');
    await sheet.getByText('Secrets of webhooks are shown only here').waitFor();
    expect(await lookAt(page, 'secrets')).toEqual([]);
    await page.unroute('**/flows/hooked');
    await sheet.getByRole('button', { name: 'I have kept them' }).click();
    await sheet.getByRole('button', { name: 'Go on writing' }).click();
    await page.locator('.draft-state').getByText('version 1 is published').waitFor();
    await writeBehind(page, 'name: hooked', ' up');
    await page.keyboard.press('Control+s');
    await saved(page);
  });
});
