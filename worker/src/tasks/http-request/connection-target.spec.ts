import { describe, expect, it } from 'vitest';
import { taskErrorOf } from '../../../test/tasks/attempts.js';
import { requireBelow, resolveAgainst } from './connection-target.js';

describe('a relative URL', () => {
  it.each([
    ['https://api.example', 'items', 'https://api.example/items'],
    ['https://api.example', '/items?x=1', 'https://api.example/items?x=1'],
    ['https://api.example/v1', 'items', 'https://api.example/v1/items'],
    ['https://api.example/v1/', './items', 'https://api.example/v1/items'],
    ['https://api.example/v1', '', 'https://api.example/v1/'],
    ['https://api.example/v1', '?x=1', 'https://api.example/v1/?x=1'],
    ['https://api.example/v1', '/items', 'https://api.example/items'],
    ['https://api.example/v1', '//other.example/', 'https://other.example/'],
    ['https://api.example/v1', 'http://other.example/', 'http://other.example/'],
  ])('against %s: %j', (base, text, url) => {
    expect(resolveAgainst(text, new URL(base))).toBe(url);
  });

  it('that is none is undefined', () => {
    expect(resolveAgainst('http://', new URL('https://api.example/'))).toBeUndefined();
  });
});

const below = async (base: string, url: string): Promise<string> =>
  Promise.resolve()
    .then(() => requireBelow(new URL(url), new URL(base)))
    .then(() => 'below')
    .catch(async (thrown: unknown) => (await taskErrorOf(Promise.reject(thrown as Error))).code);

describe('the URL of a connection', () => {
  it.each([
    ['https://api.example', 'https://api.example/'],
    ['https://api.example', 'https://API.example:443/any/%2e%2e%2fthing'],
    ['https://api.example/v1', 'https://api.example/v1'],
    ['https://api.example/v1', 'https://api.example/v1?x=../'],
    ['https://api.example/v1/', 'https://api.example/v1'],
    ['https://api.example/v1', 'https://api.example/v1/a/../b..c/..d'],
    ['https://api.example/v1', 'https://api.example/v1/a%2Fb'],
  ])('%s lets through %s', async (base, url) => {
    expect(await below(base, url)).toBe('below');
  });

  it.each([
    ['https://api.example', 'http://api.example/'],
    ['https://api.example', 'https://api.example:8443/'],
    ['https://api.example', 'https://api.example./'],
    ['https://api.example', 'https://x.api.example/'],
    ['https://api.example', 'https://api.example.evil.example/'],
    ['https://api.example/v1', 'https://api.example/'],
    ['https://api.example/v1', 'https://api.example/v10'],
    ['https://api.example/v1', 'https://api.example/V1/a'],
    ['https://api.example/v1', 'https://api.example/v1/../v2'],
    ['https://api.example/v1', 'https://api.example/v1/%2e%2e/v2'],
    ['https://api.example/v1', 'https://api.example/v1/..%2fv2'],
    ['https://api.example/v1', 'https://api.example/v1/%2e%2E%2Fv2'],
    ['https://api.example/v1', 'https://api.example/v1/..%5cv2'],
    ['https://api.example/v1', 'https://api.example/v1/%252e%252e%252fv2'],
    ['https://api.example/v1', 'https://api.example/v1/..;x=1/v2'],
  ])('%s refuses %s', async (base, url) => {
    expect(await below(base, url)).toBe('FORBIDDEN');
  });
});
