import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from './connection-settings.js';

const URL_OF = (query: string): string => `postgres://u:p%40ss@h:5433/d${query}`;
let folder: string;
let ca: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowplane-ca-'));
  ca = join(folder, 'ca.crt');
  await writeFile(ca, 'PEM');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('connectionSettings', () => {
  it('takes what it says about TLS out of the URL and leaves the rest', () => {
    expect(connectionSettings(URL_OF('?application_name=a&sslmode=disable'))).toEqual({
      connectionString: URL_OF('?application_name=a'),
      ssl: false,
    });
    expect(connectionSettings(URL_OF('')).ssl).toBe(false);
  });

  it('reads the modes as libpq does', () => {
    const anyName = { checkServerIdentity: expect.any(Function) };
    const sslOf = (query: string) => connectionSettings(URL_OF(query)).ssl;
    expect(sslOf('?sslmode=require')).toEqual({ rejectUnauthorized: false, ...anyName });
    expect(sslOf(`?sslmode=require&sslrootcert=${ca}`)).toEqual({ rejectUnauthorized: true, ca: 'PEM', ...anyName });
    expect(sslOf(`?sslmode=verify-ca&sslrootcert=${ca}`)).toEqual({ rejectUnauthorized: true, ca: 'PEM', ...anyName });
    expect(sslOf(`?sslmode=verify-full&sslrootcert=${ca}`)).toEqual({ rejectUnauthorized: true, ca: 'PEM' });
    expect(sslOf('?sslmode=verify-full&sslrootcert=system')).toEqual({ rejectUnauthorized: true });
    expect(sslOf(`?sslmode=verify-full&sslcert=${ca}&sslkey=${ca}`)).toMatchObject({ cert: 'PEM', key: 'PEM' });
  });

  it.each([
    ['?sslmode=prefer', 'must have an sslmode of disable, require, verify-ca, verify-full'],
    ['?sslmode=verify-ca', 'must have sslrootcert with sslmode=verify-ca'],
    ['?sslrootcert=/ca', 'has certificates, but no sslmode that uses them'],
    ['?sslmode=require&sslcert=/c', 'must have both sslcert and sslkey, or none'],
    ['?sslmode=require&sslnegotiation=direct', 'has the parameter sslnegotiation, which is not supported'],
    ['?ssl=true', 'has the parameter ssl, which is not supported'],
    ['?sslmode=verify-full&sslrootcert=/no/where', 'names a file in sslrootcert that cannot be read (ENOENT)'],
    ['/x', 'must be postgres://user:password@host:port/database'],
  ])('refuses %s', (query, message) => {
    expect(() => connectionSettings(URL_OF(query))).toThrow(message);
  });
});
