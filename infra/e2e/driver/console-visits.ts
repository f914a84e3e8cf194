import { startServices, type IsolatedServices } from '@flowplane/stack';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { expectStatus, makeApiClient, send, type ApiClient } from './api-client.js';
import { openBrowser, openPage, type WatchedPage } from './browser.js';

/** The workspace that the browser tests of the console are about. */
export const WORKSPACE = 'shop';

/** Address of a page of the workspace. */
export const pathOf = (...path: readonly string[]): string =>
  ['/ui/w', WORKSPACE, ...path.map(encodeURIComponent)].join('/');

/** What a file of browser tests works with; there once its tests run. */
export type ConsoleVisits = {
  readonly services: IsolatedServices;
  readonly browser: Browser;
  /** Calls the API as an administrator of the workspace. */
  readonly alice: ApiClient;
  /** A page of a new visitor, signed in as a person of the tenant `acme`. What goes wrong in it fails the test. */
  readonly visit: (path: string) => Promise<Page>;
  /** A key of the workspace for services, to sign in with; the workspace has a flow by then. */
  readonly makeKey: () => Promise<string>;
};

/**
 * Starts services and a browser for all tests of a file, and ends them. Pages are closed behind each test, which fails where
 * one of them has done what it must not.
 *
 * @param environment of the services, beside what every such file needs; called when the hooks before have run
 */
export function useConsole(environment: () => Readonly<Record<string, string>>): ConsoleVisits {
  let started: Pick<ConsoleVisits, 'services' | 'browser' | 'alice'> | undefined;
  const watched: WatchedPage[] = [];
  const now = (): NonNullable<typeof started> => {
    if (started === undefined) throw new Error('the services of this file have not been started');
    return started;
  };
  beforeAll(async () => {
    const services = await startServices({
      env: { FLOWS_CONSOLE_TENANT: 'acme', FLOWS_TRUST_GATEWAY_HEADERS: '1', ...environment() },
    });
    const alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: WORKSPACE, actorId: 'alice' });
    const browser = await openBrowser().catch(async (cause: unknown) => {
      await services.close();
      throw cause;
    });
    started = { services, browser, alice };
  });
  afterEach(async () => {
    const visited = watched.splice(0);
    const faults = visited.flatMap((one) => one.faults);
    for (const { page } of visited) await page.context().close();
    if (faults.length > 0) throw new Error(`a page has done what it must not:\n${faults.join('\n')}`);
  });
  afterAll(async () => {
    await started?.browser.close();
    await started?.services.close();
  });
  return {
    get services() {
      return now().services;
    },
    get browser() {
      return now().browser;
    },
    get alice() {
      return now().alice;
    },
    visit: async (path) => {
      const visited = await openPage(now().browser, now().services.url);
      watched.push(visited);
      await visited.page.goto(path);
      return visited.page;
    },
    makeKey: async () => {
      const { services, alice } = now();
      const url = `${services.url}/v1/internal/flows/workspaces/${WORKSPACE}/api-keys`;
      const headers = { ...alice.headers, 'x-actor-roles': 'superadmin' };
      return expectStatus(
        await send<{ readonly key: string }>(url, 'POST', { headers, body: { type: 'service' } }),
        201,
      ).key;
    },
  };
}
