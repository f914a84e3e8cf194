import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeJwtVerifier, type JwtVerifier } from './jwt-verifier.js';

type Key = { readonly kid: string; readonly privateKey: CryptoKey; readonly jwk: JWK };

const HOUR_MS = 3_600_000;
const FETCH_EVERY_MS = 100;

let issuer: Server;
let served: JWK[];
let away: boolean;
let fetches: number;
let passed: number;
let verify: JwtVerifier;
const [one, two] = [await makeKey('one'), await makeKey('two')];

async function makeKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

const tokenOf = ({ kid, privateKey }: Key, times: { readonly exp?: number; readonly nbf?: number } = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { tenant_id: 'T', sub: 'alice', exp: now + (times.exp ?? 600), nbf: now + (times.nbf ?? 0) };
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
};

beforeEach(async () => {
  [served, away, fetches, passed] = [[one.jwk], false, 0, 0];
  issuer = createServer((_request, response) => {
    fetches += 1;
    if (away) response.writeHead(502).end();
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: served }));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  verify = makeJwtVerifier({
    jwksUrl: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`,
    issuer: undefined,
    audience: undefined,
    leewayMs: 30_000,
    fetchEveryMs: FETCH_EVERY_MS,
    now: () => performance.now() + passed,
  });
});
afterEach(() => new Promise((resolve) => issuer.close(resolve)));

const fetchesReach = (count: number) => expect.poll(() => fetches).toBe(count);

describe('tokens while the issuer is away', () => {
  it('are checked with the last good keys for a day, and not longer', async () => {
    const token = await tokenOf(one);
    expect(await verify(token)).toMatchObject({ actorId: 'alice' });
    away = true;
    passed = 23 * HOUR_MS;
    expect(await verify(token)).toMatchObject({ actorId: 'alice' });
    await fetchesReach(2);
    expect(await verify(token)).toMatchObject({ actorId: 'alice' });
    passed = 25 * HOUR_MS;
    await expect(verify(token)).rejects.toThrow(/cannot be fetched/);
    away = false;
    passed += FETCH_EVERY_MS;
    expect(await verify(token)).toMatchObject({ actorId: 'alice' });
  });

  it('with a key that nobody has seen cannot be checked, and the issuer is not asked for each', async () => {
    await verify(await tokenOf(one));
    away = true;
    passed += FETCH_EVERY_MS;
    const token = await tokenOf(two);
    for (let count = 0; count < 5; count += 1) await expect(verify(token)).rejects.toThrow(/cannot be fetched/);
    expect(fetches).toBe(2);
  });
});

describe('the keys', () => {
  it('are fetched again behind what goes on, so that a key that was taken back is refused', async () => {
    const token = await tokenOf(one);
    await verify(token);
    served = [two.jwk];
    passed = HOUR_MS;
    await verify(token);
    await fetchesReach(2);
    await expect.poll(() => verify(token)).toBeUndefined();
  });

  it('are fetched once for all who ask', async () => {
    const token = await tokenOf(one);
    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    expect(fetches).toBe(1);
  });
});

describe('a key id that is not known', () => {
  it('is fetched at once when the issuer has just changed its key', async () => {
    await verify(await tokenOf(one));
    served = [one.jwk, two.jwk];
    const token = await tokenOf(two);
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    expect(verdicts.map((identity) => identity !== undefined && identity !== 'tenantless')).toEqual(
      Array.from({ length: 20 }, () => true),
    );
    expect(fetches).toBe(2);
  });

  it('asks the issuer no more often than it may, over all requests', async () => {
    await verify(await tokenOf(one));
    const began = performance.now();
    const stranger = await tokenOf(two);
    for (let count = 0; count < 3; count += 1) expect(await verify(stranger)).toBeUndefined();
    expect(fetches - 1).toBeLessThanOrEqual(Math.ceil((performance.now() - began) / FETCH_EVERY_MS) + 1);
    expect(performance.now() - began).toBeGreaterThan(2 * FETCH_EVERY_MS);
  });
});

it.each([
  ['not valid for 2 s more', { nbf: 2 }, true],
  ['not valid for a minute more', { nbf: 60 }, false],
  ['over for 10 s', { exp: -10 }, true],
  ['over for a minute', { exp: -60 }, false],
])('a token that is %s, by a clock that may be 30 s off', async (_what, times, isGood) => {
  expect((await verify(await tokenOf(one, times))) !== undefined).toBe(isGood);
});
