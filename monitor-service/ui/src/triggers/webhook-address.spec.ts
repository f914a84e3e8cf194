import { ROUTES, WORKSPACE_BASE } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { webhookAddress } from './webhook-address.js';

it('is that of the route that receives webhooks', () => {
  const path = (WORKSPACE_BASE + ROUTES.receiveWebhook.path)
    .replace(':workspaceId', 'shop')
    .replace(':triggerId', 'order%3Awebhook%3Apaid');
  expect(webhookAddress('https://flows.example', 'shop', 'order:webhook:paid')).toBe(`https://flows.example${path}`);
});
