import { expect, it } from 'vitest';
import { validateStructure } from './structural.js';

const flow = (triggers: number) => ({
  ...{ apiVersion: 'v1.0', name: 'many', nodes: [{ id: 's', type: 'sequence', steps: [] }] },
  triggers: Array.from({ length: triggers }, (_, index) => ({ kind: 'webhook', path: `p${index}` })),
});
const refused = (limit: number) => ({
  ok: false,
  errors: [
    { code: 'FLW-E000', nodeId: null, path: '/triggers', message: `/triggers must not have more than ${limit} items` },
  ],
});

it('a flow has at most 100 triggers, or as many as are configured', () => {
  expect(validateStructure(flow(100)).ok).toBe(true);
  expect(validateStructure(flow(101))).toEqual(refused(100));
  expect(validateStructure(flow(3), { maxTriggers: 2 })).toEqual(refused(2));
  expect(validateStructure(flow(101), { maxTriggers: 200 }).ok).toBe(true);
});
