import { setTimeout as sleep } from 'node:timers/promises';
import { makeFlowplaneClient, type FlowplaneClient } from '@flowplane/contracts';

/** The identity the demo acts under, as a gateway would vouch for it. */
export const DEMO_IDENTITY: Readonly<Record<string, string>> = {
  'x-tenant-id': 'demo',
  'x-auth-subject': 'demo',
  'x-actor-roles': 'tenant_owner',
};

/** A client of one workspace, as the demo. @param url of the gateway */
export function makeDemoClient(url: string, workspaceId: string): FlowplaneClient {
  const pause = (ms: number, signal?: AbortSignal): Promise<unknown> =>
    sleep(ms, undefined, signal === undefined ? {} : { signal });
  return makeFlowplaneClient({ fetch, sleep: pause }, { url, workspaceId, headers: DEMO_IDENTITY });
}
