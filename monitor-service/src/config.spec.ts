import { describe, expect, it } from 'vitest';
import { readMonitorConfig } from './config.js';

const BASE = {
  ...{ FLOWS_DB_URL: 'postgres://flows:x@127.0.0.1:5432/flowplane', KAFKA_BROKERS: '127.0.0.1:9092' },
  ...{ FLOWS_OIDC_ISSUER: 'https://id.example', FLOWS_OIDC_CLIENT_ID: 'console' },
  FLOWS_JWKS_URL: 'https://id.example/keys',
};

describe('the provider of identities', () => {
  it('is asked for `openid`, or for what is configured', () => {
    expect(readMonitorConfig(BASE)).toMatchObject({ oidcScope: 'openid', oidcAudience: undefined });
    const set = { ...BASE, FLOWS_OIDC_SCOPE: 'openid profile', FLOWS_OIDC_AUDIENCE: 'flows' };
    expect(readMonitorConfig(set)).toMatchObject({ oidcScope: 'openid profile', oidcAudience: 'flows' });
  });

  it('needs `openid`, keys and both names', () => {
    expect(() => readMonitorConfig({ ...BASE, FLOWS_OIDC_SCOPE: 'profile' })).toThrow(/FLOWS_OIDC_SCOPE/);
    expect(() => readMonitorConfig({ ...BASE, FLOWS_JWKS_URL: undefined })).toThrow(/FLOWS_JWKS_URL/);
    expect(() => readMonitorConfig({ ...BASE, FLOWS_OIDC_CLIENT_ID: undefined })).toThrow(/FLOWS_OIDC_CLIENT_ID/);
  });
});
