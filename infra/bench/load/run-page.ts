import type { Browser, BrowserContext, Page } from 'playwright-core';
import { mainThreadOf, TRACE_CATEGORIES, type MainThread, type TraceEvent } from '../measure/main-thread.js';
import { openBrowser } from './browser.js';

export const RUN_VIEWS = ['graph', 'timeline', 'log'] as const;
export type RunView = (typeof RUN_VIEWS)[number];

/** How a page came up; times in ms since it was asked for. */
export type PageLoad = {
  readonly firstPaintMs: number;
  /** Until the first node, row or line of the run was there. */
  readonly drawnMs: number;
  readonly longestTaskMs: number;
  readonly mainThread: MainThread;
};

export type PageUse = {
  readonly longestTaskMs: number;
  readonly mainThread: MainThread;
  /** From the last frame in the log to its node or line on the page, ms. */
  readonly behindMs: number;
};

const SHOWN_WITHIN_MS = 60_000;

const FIRST: Readonly<Record<RunView, string>> = {
  graph: '.react-flow__node',
  timeline: '.timeline li',
  log: '.lines li',
};
/** An element that a page shows, and texts of parts of it by their selectors. */
type Shown = { readonly selector: string; readonly texts: Readonly<Record<string, string>> };
/** What each view shows once a node has completed. */
const completed = (nodeId: string): Readonly<Record<RunView, Shown>> => ({
  graph: { selector: `.react-flow__node[data-id="${nodeId}"] [data-status="completed"]`, texts: {} },
  timeline: { selector: `.timeline .bar-span[data-status="completed"][title^="${nodeId}, "]`, texts: {} },
  log: { selector: '.lines li:last-child', texts: { b: nodeId, 'b + span': 'completed' } },
});

/**
 * In the page from its beginning: it notes long tasks, and when something of the run can be seen. `whenShown` waits for
 * an element; Playwright's locators do so by searches in the page that would be part of what is measured.
 */
const noting = (selector: string): string => `
  window.noted = { longTasks: [], drawnMs: null };
  window.whenShown = ({ selector, texts }) => new Promise((resolve) => {
    const giveUpAt = Date.now() + ${SHOWN_WITHIN_MS};
    (function look() {
      const found = document.querySelector(selector);
      const isIt = ([part, text]) => found.querySelector(part)?.textContent === text;
      if (found !== null && Object.entries(texts).every(isIt)) resolve(Date.now());
      else if (Date.now() > giveUpAt) resolve(null);
      else requestAnimationFrame(look);
    })();
  });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.noted.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  (function look() {
    if (document.querySelector(${JSON.stringify(selector)}) === null) requestAnimationFrame(look);
    else requestAnimationFrame(() => { window.noted.drawnMs = performance.now(); });
  })();`;

type Noted = { readonly longTasks: readonly number[]; readonly drawnMs: number | null };
const noted = (page: Page): Promise<Noted> => page.evaluate('window.noted');

/** A run's page in a real browser, one visitor after the other, each with an empty cache. */
export type RunPages = {
  /** Opens a page of a run whose frames are there, and lets it come to rest. */
  readonly load: (url: string, view: RunView) => Promise<PageLoad>;
  /** Looks at a page while `offer` has frames come to the log, until it shows that `lastNodeId` has completed. */
  readonly use: (url: string, view: RunView, lastNodeId: string, offer: () => Promise<void>) => Promise<PageUse>;
  readonly close: () => Promise<void>;
};

const REST_MS = 1_500;

export async function openRunPages(): Promise<RunPages> {
  const browser = await openBrowser();
  return {
    load: (url, view) =>
      visiting(browser, view, async (page) => {
        await browser.startTracing(page, { categories: TRACE_CATEGORIES });
        await page.goto(`${url}?view=${view}`);
        await page.locator(FIRST[view]).first().waitFor({ state: 'attached' });
        await page.waitForTimeout(REST_MS);
        const mainThread = await traced(browser);
        const { longTasks, drawnMs } = await noted(page);
        const firstPaint = await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0].startTime');
        return {
          ...{ firstPaintMs: Number(firstPaint), drawnMs: Number(drawnMs), mainThread },
          longestTaskMs: longestOf(longTasks, mainThread),
        };
      }),
    use: (url, view, lastNodeId, offer) =>
      visiting(browser, view, async (page) => {
        await page.goto(`${url}?view=${view}`);
        await page
          .locator(view === 'graph' ? FIRST.graph : '[role=tabpanel]')
          .first()
          .waitFor();
        await page.waitForTimeout(REST_MS);
        await page.evaluate('window.noted.longTasks = []');
        await browser.startTracing(page, { categories: TRACE_CATEGORIES });
        await offer();
        const offeredAt = Date.now();
        const end = JSON.stringify(completed(lastNodeId)[view]);
        const shownAt = await page.evaluate<number | null>(`window.whenShown(${end})`);
        if (shownAt === null) {
          const text = await page.locator('body').innerText();
          throw new Error(`the ${view} does not show that ${lastNodeId} has completed, but: ${text.slice(0, 1_000)}`);
        }
        const behindMs = shownAt - offeredAt;
        const mainThread = await traced(browser);
        return { mainThread, behindMs, longestTaskMs: longestOf((await noted(page)).longTasks, mainThread) };
      }),
    close: () => browser.close(),
  };
}

/** The observer notes tasks from 50 ms on; where there are none, the trace knows the longest. */
const longestOf = (longTasks: readonly number[], { longestTaskMs }: MainThread): number =>
  longTasks.length > 0 ? Math.max(...longTasks) : Math.min(50, longestTaskMs);

async function visiting<T>(browser: Browser, view: RunView, look: (page: Page) => Promise<T>): Promise<T> {
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(SHOWN_WITHIN_MS);
    await page.addInitScript({ content: noting(FIRST[view]) });
    return await look(page);
  } finally {
    await context.close();
  }
}

async function traced(browser: Browser): Promise<MainThread> {
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  return mainThreadOf(traceEvents);
}
