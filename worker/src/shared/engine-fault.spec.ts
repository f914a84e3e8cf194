import { expect, it } from 'vitest';
import { engineFaultKind } from './engine-fault.js';

const UNAVAILABLE = 14;
const fault = (details: string): Error =>
  new Error('Failed to start Workflow', { cause: Object.assign(new Error(details), { code: UNAVAILABLE, details }) });

it('an id that the store of the engine cannot hold is no outage of the engine', () => {
  const text = 'createOrUpdateCurrentExecution failed. Error: pq: value too long for type character varying(255)';
  expect(engineFaultKind(fault(text))).toBe('permanent');
  expect(engineFaultKind(fault('shard status unknown'))).toBe('unreachable');
});
