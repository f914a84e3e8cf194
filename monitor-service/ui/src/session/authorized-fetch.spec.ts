import { describe, expect, it } from 'vitest';
import { authorizedFetch } from './authorized-fetch.js';
import type { Credential } from './credential.js';

const bearer = (token: string): Credential => ({ kind: 'bearer', token, subject: 'carol' });

/** A server that accepts one token, and what came of requests to it. */
function asked(first: Credential | null, replacement: Credential | null) {
  const sent: (string | undefined)[] = [];
  let refused = 0;
  const send = ((_url: string, init?: RequestInit) => {
    const token = (init?.headers as Record<string, string> | undefined)?.['authorization'];
    sent.push(token);
    return Promise.resolve(new Response('{}', { status: token === 'Bearer good' ? 200 : 401 }));
  }) as typeof fetch;
  const source = {
    now: () => first,
    inPlaceOf: () => Promise.resolve(replacement),
    onRefused: () => void (refused += 1),
  };
  return { fetch: authorizedFetch(source, send), sent, refusals: () => refused };
}

describe('a request', () => {
  it('is sent as who has signed in', async () => {
    const { fetch, sent, refusals } = asked(bearer('good'), null);
    expect((await fetch('/')).status).toBe(200);
    expect([sent, refusals()]).toEqual([['Bearer good'], 0]);
    await expect(asked(null, null).fetch('/')).rejects.toThrow('signed out');
  });

  it('is sent again with a new token where the one before has ended', async () => {
    const { fetch, sent, refusals } = asked(bearer('old'), bearer('good'));
    expect((await fetch('/', { headers: { accept: 'text/event-stream' } })).status).toBe(200);
    expect([sent, refusals()]).toEqual([['Bearer old', 'Bearer good'], 0]);
  });

  it('is refused when there is no other token, or that one is refused too', async () => {
    for (const replacement of [null, bearer('bad')]) {
      const { fetch, refusals } = asked(bearer('old'), replacement);
      expect((await fetch('/')).status).toBe(401);
      expect(refusals()).toBe(1);
    }
  });
});
