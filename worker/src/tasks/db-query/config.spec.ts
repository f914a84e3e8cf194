import { readConfig } from '@flowplane/plumbing/config';
import { describe, expect, it } from 'vitest';
import { STORAGE_ENTRIES, storageFaults } from '../storage/config.js';
import { DB_QUERY_ENTRIES, dbQueryFaults } from './config.js';

const faultsOf = (env: Readonly<Record<string, string>>): string => {
  try {
    readConfig(env, { ...DB_QUERY_ENTRIES, ...STORAGE_ENTRIES }, dbQueryFaults, storageFaults);
    return '';
  } catch (thrown) {
    return (thrown as Error).message;
  }
};
const production = (env: Readonly<Record<string, string>>): string =>
  [dbQueryFaults, storageFaults]
    .flatMap((faults) =>
      faults({ ...readConfig(env, { ...DB_QUERY_ENTRIES, ...STORAGE_ENTRIES }), nodeEnv: 'production' }),
    )
    .join('\n');

describe('the document database of the configuration', () => {
  it.each([
    'mongodb://host/data',
    'mongodb://ann:hunter2@host:27018/data?tls=true&replicaSet=rs',
    'mongodb://one:1,two:2/data',
    'mongodb+srv://ann:hunter2@cluster.example.com/data',
  ])('may be %s', (url) => {
    expect(faultsOf({ FLOWS_DATA_MONGO_URL: url })).toBe('');
  });

  it.each([
    'mongodb://ann:hunter2@host',
    'mongodb://ann:hunter2@host/',
    'postgres://ann:hunter2@host/data',
    'mongodb://ann:hunter2@host/data?nonsense=hunter2',
    'mongodb://ann:hunter2@host:99999999/data',
    'hunter2',
  ])('may not be %s, which is not repeated', (url) => {
    const text = faultsOf({ FLOWS_DATA_MONGO_URL: url });
    expect(text).toMatch(/FLOWS_DATA_MONGO_URL/);
    expect(text).not.toMatch(/hunter2/);
  });

  it('is encrypted in production, on another machine', () => {
    const plain = (url: string): string => production({ FLOWS_DATA_MONGO_URL: url });
    expect(plain('mongodb://host/data')).toMatch(/FLOWS_DATA_MONGO_URL would .*tls=true/);
    expect(plain('mongodb://127.0.0.1:27017,host/data')).toMatch(/FLOWS_DATA_MONGO_URL/);
    expect(plain('mongodb+srv://host.example.com/data?tls=false')).toMatch(/FLOWS_DATA_MONGO_URL/);
    for (const url of ['mongodb://host/data?tls=true', 'mongodb://127.0.0.1/data', 'mongodb+srv://a.example.com/d']) {
      expect(plain(url)).toBe('');
    }
  });
});

describe('the object store of the configuration', () => {
  const keys = { FLOWS_STORAGE_ACCESS_KEY: 'key', FLOWS_STORAGE_SECRET_KEY: 'hunter2' };

  it('is there with its keys, or not at all', () => {
    expect(faultsOf({})).toBe('');
    expect(faultsOf({ FLOWS_STORAGE_ENDPOINT: 'https://objects', ...keys })).toBe('');
    expect(faultsOf({ FLOWS_STORAGE_ENDPOINT: 'https://objects' })).toMatch(/set together/);
    expect(faultsOf(keys)).toMatch(/set together/);
  });

  it('has no keys in its URL, waits for some time, and is encrypted in production', () => {
    const wrong = { FLOWS_STORAGE_ENDPOINT: 'http://ann:hunter2@objects?x=1', FLOWS_STORAGE_TIMEOUT: '0s', ...keys };
    expect(faultsOf(wrong)).toMatch(/STORAGE_TIMEOUT[^]*holds a user or password[^]*must end with its path/);
    expect(faultsOf(wrong)).not.toMatch(/hunter2|ann/);
    expect(production({ FLOWS_STORAGE_ENDPOINT: 'http://objects', ...keys })).toMatch(/FLOWS_STORAGE_ENDPOINT would/);
    expect(production({ FLOWS_STORAGE_ENDPOINT: 'http://127.0.0.1:1', ...keys })).toBe('');
  });
});
