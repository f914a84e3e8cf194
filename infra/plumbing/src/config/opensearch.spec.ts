import { describe, expect, it } from 'vitest';
import { openSearchFaults } from './opensearch.js';

const faults = (config: Parameters<typeof openSearchFaults>[0]): string => openSearchFaults(config).join('\n');

describe('the OpenSearch server of the configuration', () => {
  it('may be missing, or be reached in plaintext during development', () => {
    expect(faults({})).toBe('');
    expect(faults({ openSearchUrl: 'http://search:9200' })).toBe('');
    expect(faults({ openSearchUrl: 'https://search/base', openSearchUser: 'u', openSearchPassword: 'p' })).toBe('');
  });
  it('is encrypted in production, on another machine', () => {
    const nodeEnv = 'production';
    expect(faults({ nodeEnv, openSearchUrl: 'http://search:9200' })).toMatch(/FLOWS_OPENSEARCH_URL would .*use https/);
    expect(faults({ nodeEnv, openSearchUrl: 'http://127.0.0.1:9200' })).toBe('');
    expect(faults({ nodeEnv, openSearchUrl: 'https://search:9200' })).toBe('');
  });
  it('has user and password together, and not in its URL, which is not repeated', () => {
    expect(faults({ openSearchUser: 'u' })).toMatch(/set together/);
    expect(faults({ openSearchPassword: 'p' })).toMatch(/set together/);
    const text = faults({ openSearchUrl: 'http://ann:hunter2@search?x=1' });
    expect(text).toMatch(/holds a user or password[^]*must end with its path/);
    expect(text).not.toMatch(/ann|hunter2/);
  });
});
