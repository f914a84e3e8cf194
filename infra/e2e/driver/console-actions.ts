/** What people do on pages of the console, and what happens to its calls, for tests that are about something else. */
import type { Page } from 'playwright-core';

/** Puts a text in the place of the whole text of the editor, as a paste does. */
export async function writeYaml(page: Page, text: string): Promise<void> {
  await page.locator('.yaml-editor .cm-content').click();
  await page.keyboard.press('Control+a');
  await page.evaluate(`(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ${JSON.stringify(text)});
    const content = document.querySelector('.yaml-editor .cm-content');
    content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  })()`);
}

/** Goes on behind what a line says, with the keyboard. */
export async function writeBehind(page: Page, line: string, text: string): Promise<void> {
  await page.locator('.cm-line').getByText(line).click();
  await page.keyboard.press('End');
  await page.keyboard.type(text);
}

/** At the provider of identities of `startLoginProvider`. */
export async function signInAs(page: Page, name: string): Promise<void> {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** On the page on which one signs in. */
export async function signInWithKey(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Holds calls of a page back. @returns once there is one, what lets it and all later ones go */
export const hold = (page: Page, method: string, path: string): Promise<() => void> =>
  new Promise((onHeld) => {
    const going = new Promise<void>((letGo) => {
      void page.route(path, async (route) => {
        if (route.request().method() === method) {
          onHeld(letGo);
          await going;
        }
        return route.fallback();
      });
    });
  });
