import { describe, expect, it } from 'vitest';
import { readExecutorConfig } from './config.js';

const env = {
  KAFKA_BROKERS: 'localhost:9092',
  FLOWS_DB_URL: 'postgres://localhost/flows',
  TEMPORAL_ADDRESS: 'localhost:7233',
  FLOW_EXECUTION_TOKEN_SECRET: 's'.repeat(32),
};

describe('configuration of the executor', () => {
  it('reads what is needed and defaults the rest', () => {
    expect(readExecutorConfig(env)).toMatchObject({ temporalNamespace: 'flows', sweepIntervalMs: 5000 });
  });

  it('refuses a secret that is absent or short', () => {
    expect(() => readExecutorConfig({ ...env, FLOW_EXECUTION_TOKEN_SECRET: undefined })).toThrow(/is required/);
    expect(() => readExecutorConfig({ ...env, FLOW_EXECUTION_TOKEN_SECRET: 's'.repeat(31) })).toThrow(/32 characters/);
  });

  it('refuses a fault point in production, and ignores that of another process', () => {
    const armed = { ...env, FLOWS_FAULT_POINT: 'executor-after-start-exit' };
    expect(readExecutorConfig(armed).faultPoint).toBe('executor-after-start-exit');
    expect(() => readExecutorConfig({ ...armed, NODE_ENV: 'production' })).toThrow(/refused in production/);
    expect(readExecutorConfig({ ...env, FLOWS_FAULT_POINT: 'decider-before-marker' }).faultPoint).toBeUndefined();
    expect(() => readExecutorConfig({ ...env, FLOWS_FAULT_POINT: 'executor-nowhere' })).toThrow(/must be one of/);
  });
});
