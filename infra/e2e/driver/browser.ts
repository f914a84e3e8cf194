import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';

const WIDE = 1440;

export { openBrowser } from '@flowplane/bench/browser';

/** What a page has done that it must not: faults of its code, and what its security policy had to stop. */
export type WatchedPage = { readonly page: Page; readonly faults: readonly string[] };

/** A page of a new session of the browser. @param baseUrl of the addresses that are gone to */
export async function openPage(browser: Browser, baseUrl: string): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: baseUrl, viewport: { width: WIDE, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on('pageerror', (fault) => faults.push(fault.stack ?? String(fault)));
  page.on('console', (message) => {
    const text = message.text();
    // Chromium logs every answer that is an error; what the page makes of it is tested.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(text);
  });
  return { page, faults };
}

/** Serious violations of accessibility on the page as it is now: rule and element. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

const LOOKS = [
  { colorScheme: 'light', width: WIDE },
  { colorScheme: 'dark', width: WIDE },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 390 },
] as const;

/**
 * Looks at the page in light and dark, wide and on a phone: pictures into the folder of FLOWPLANE_SCREENSHOTS when that is
 * set, and what is wrong with each.
 */
export async function lookAt(page: Page, name: string): Promise<readonly string[]> {
  const folder = process.env['FLOWPLANE_SCREENSHOTS'];
  const faults: string[] = [];
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    // What is on a page does not depend on its width, its colours do on the scheme.
    const found = width === WIDE ? await accessibilityFaults(page) : [];
    faults.push(...found.map((fault) => `${name} ${colorScheme}: ${fault}`));
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    if (Number(overflow) > 0) faults.push(`${name} ${width}: ${String(overflow)} px are out of view`);
    if (folder === undefined) continue;
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: WIDE, height: 900 });
  return faults;
}
