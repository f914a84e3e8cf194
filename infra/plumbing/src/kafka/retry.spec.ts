import { describe, expect, it } from 'vitest';
import { KafkaFault } from './faults.js';
import { retryFor } from './retry.js';

/** Fails with these codes, one after the other, then answers with how often it was asked. */
function failing(...codes: readonly string[]) {
  let calls = 0;
  return () => {
    const code = codes[calls++];
    return code === undefined ? Promise.resolve(calls) : Promise.reject(new KafkaFault(code, code !== 'FINAL', code));
  };
}

describe('retryFor', () => {
  it('asks again while the fault is retryable', async () => {
    expect(await retryFor(5000, failing('NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE'))).toBe(3);
  });

  it('does not ask again after a final fault', async () => {
    await expect(retryFor(5000, failing('LEADER_NOT_AVAILABLE', 'FINAL', 'LATER'))).rejects.toThrow('FINAL');
  });

  it('gives up with the last fault when the time is over', async () => {
    const begun = performance.now();
    const forEver = (): Promise<never> => Promise.reject(new KafkaFault('NOT_LEADER_FOR_PARTITION', true, 'no leader'));
    await expect(retryFor(200, forEver)).rejects.toThrow('no leader');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(150);
  });
});
