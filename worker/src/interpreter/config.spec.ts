import { describe, expect, it } from 'vitest';
import { interpreterConfig } from './config.js';

const env = {
  KAFKA_BROKERS: 'localhost:9092',
  FLOWS_DB_URL: 'postgres://localhost/flows',
  FLOW_EXECUTION_TOKEN_SECRET: 's'.repeat(32),
};

describe('configuration of the worker', () => {
  it('needs no backend of a task', () => {
    expect(interpreterConfig(env)).toMatchObject({ dataPostgresUrl: undefined, maxTaskIoBytes: 2_097_152 });
  });

  it('names every fault at once, and no value', () => {
    const broken = {
      ...env,
      FLOW_EXECUTION_TOKEN_SECRET: 'short',
      FLOWS_HTTP_ALLOW_HOSTS: 'no-port',
      FLOWS_DATA_POSTGRES_URL: 'mysql://user:hunter2@host/db',
      FLOWS_DATA_POSTGRES_TIMEOUT: '0s',
      FLOWS_DEV_ECHO_TASKS: '1',
      NODE_ENV: 'production',
    };
    expect(() => interpreterConfig(broken)).toThrow(
      /DATA_POSTGRES_URL must be[^]*ALLOW_HOSTS[^]*DATA_POSTGRES_TIMEOUT[^]*TOKEN_SECRET[^]*ECHO_TASKS/,
    );
    expect(() => interpreterConfig(broken)).not.toThrow(/hunter2|short/);
  });

  it.each(['postgres://host', 'postgres://host/', 'postgres://host/a/b', 'host/db', 'postgres//x'])(
    'refuses the database URL %s',
    (url) => {
      expect(() => interpreterConfig({ ...env, FLOWS_DATA_POSTGRES_URL: url })).toThrow(/DATA_POSTGRES_URL must be/);
    },
  );

  it.each([
    ['FLOWS_FUNCTIONS_URL', 'ftp://host/', 'must be an http'],
    ['FLOWS_FUNCTIONS_URL', 'http://user:hunter2@host/', 'holds a user or password'],
    ['FLOWS_FUNCTIONS_URL', 'https://host/?key=hunter2', 'must end with its path'],
    ['FLOWS_LLM_URL', 'https://host/#hunter2', 'must end with its path'],
    ['FLOWS_LLM_TIMEOUT', '0s', 'must be from 1'],
    ['FLOWS_FUNCTIONS_TIMEOUT', '25h', 'must be from 1'],
  ])('refuses %s=%s', (variable, value, reason) => {
    const boot = (): unknown => interpreterConfig({ ...env, [variable]: value });
    expect(boot).toThrow(`${variable} ${reason}`);
    expect(boot).not.toThrow(/hunter2/);
  });

  it('sends no token in plaintext in production, but to this machine', () => {
    const production = { ...env, NODE_ENV: 'production', FLOWS_ALLOW_PLAINTEXT: '0' };
    for (const variable of ['FLOWS_FUNCTIONS_URL', 'FLOWS_LLM_URL']) {
      const boot = (url: string) => (): unknown => interpreterConfig({ ...production, [variable]: url });
      expect(boot('http://functions.example/')).toThrow(`${variable} would be reached in plaintext`);
      for (const url of ['https://functions.example/', 'http://127.0.0.1:9000/']) expect(boot(url)).not.toThrow();
    }
  });

  it('takes a database URL', () => {
    const url = 'postgresql://user:pass@host:5433/tables?sslmode=require';
    expect(interpreterConfig({ ...env, FLOWS_DATA_POSTGRES_URL: url }).dataPostgresUrl).toBe(url);
  });
});
