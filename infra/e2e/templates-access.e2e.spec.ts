import { OPENSEARCH_HOOK_MS, sharedOpenSearch, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeTemplateAccess } from './isolation/template-access.js';
import { describeTemplateRoutes } from './isolation/template-routes.js';

// With multi-tenancy on and 404 about other tenants. The other way round is shown in template-cluster.e2e.spec.ts, where
// services run so anyway.
let openSearch: string;
let services: IsolatedServices;

beforeAll(async () => {
  openSearch = await sharedOpenSearch();
  services = await startServices({
    env: {
      ...{ FLOWS_QUOTAS: 'off', FLOWS_OPENSEARCH_URL: openSearch },
      ...{ FLOWS_PROVISIONING_MULTI_TENANCY_ENABLED: 'true', FLOWS_PROVISIONING_FOREIGN: '404' },
    },
  });
}, OPENSEARCH_HOOK_MS + 120_000);
afterAll(() => services?.close());

describe('each route of templates', () => {
  describeTemplateRoutes(() => services);
});

describe('a state whose template was deleted', () => {
  describeTemplateAccess(() => ({ services, openSearch }), { tenancy: true, foreign: 404 });
});
