import { expect, it } from 'vitest';
import { valueCallOf } from './value-link.js';

const link = (href: string) => ({ href, bytes: 70_000, preview: '{"a":' });

it('leads to the call that gives the value', () => {
  const base = '/v1/flows/workspaces/shop/flows/an%20order/executions/acme%3Ashop%3Aan%20order%3A1/value';
  const params = { flowId: 'an order', executionId: 'acme:shop:an order:1' };
  expect(valueCallOf(link(`${base}?of=output&nodeId=a%26b`))).toEqual({
    params,
    query: { of: 'output', nodeId: 'a&b' },
  });
  expect(valueCallOf(link(`${base}?of=result`))).toEqual({ params, query: { of: 'result' } });
  expect(valueCallOf(link('/v1/flows/elsewhere'))).toBeUndefined();
});
