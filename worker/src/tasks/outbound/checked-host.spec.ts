import { describe, expect, it } from 'vitest';
import type { TaskError } from '../task-error.js';
import { parseAllowedHosts } from './allowed-hosts.js';
import { checkHost, type Resolve } from './checked-target.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'mail.example.com': ['93.184.216.34'],
  'both.example.com': ['93.184.216.34', '10.0.0.1'],
  'inner.example.com': ['10.0.0.1'],
};
const resolve: Resolve = (name) => Promise.resolve((NAMES[name] ?? []).map((address) => ({ address, family: 4 })));
const checked = (host: string, port = 25, allowed: readonly string[] = []) =>
  checkHost(host, port, parseAllowedHosts(allowed), resolve);
const codeOf = (host: string, port?: number, allowed?: readonly string[]): Promise<string> =>
  checked(host, port, allowed).then(
    (addresses) => addresses.map(({ address }) => address).join(),
    (error: unknown) => (error as TaskError).code,
  );

describe('a server that is named by host and port', () => {
  it.each([
    ['mail.example.com', '93.184.216.34'],
    ['MAIL.example.com', '93.184.216.34'],
    ['93.184.216.34', '93.184.216.34'],
    ['2606:2800:220:1::1', '2606:2800:220:1::1'],
    ['[2606:2800:220:1::1]', '2606:2800:220:1::1'],
  ])('%s is asked at %s', async (host, addresses) => {
    expect(await codeOf(host)).toBe(addresses);
  });

  it.each([
    ...['localhost', 'LOCALHOST.', 'a.localhost', '127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '::1', '[::1]'],
    ...['::ffff:10.0.0.1', '[::ffff:10.0.0.1]', 'inner.example.com', 'both.example.com', 'unknown.example.com'],
    ...[
      '',
      ' ',
      'a b',
      'mail.example.com/x',
      'user@mail.example.com',
      'mail.example.com:25',
      '[::1]:25',
      '%',
      'fe80::1%eth0',
    ],
  ])('%j is refused', async (host) => {
    expect(await codeOf(host)).toBe('SSRF_BLOCKED');
  });

  it('may be inside where the operator exempts exactly this port', async () => {
    expect(await codeOf('127.0.0.1', 25, ['127.0.0.1:25'])).toBe('127.0.0.1');
    expect(await codeOf('127.0.0.1', 26, ['127.0.0.1:25'])).toBe('SSRF_BLOCKED');
    expect(await codeOf('::1', 25, ['[::1]:25'])).toBe('::1');
    expect(await codeOf('inner.example.com', 25, ['inner.example.com:25'])).toBe('10.0.0.1');
  });
});
