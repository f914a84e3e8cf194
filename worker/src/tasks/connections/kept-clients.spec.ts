import { describe, expect, it } from 'vitest';
import { finalError, retryableError } from '../task-error.js';
import { keepClients, type ClientKey } from './kept-clients.js';

const keyOf = (name: string, over: Partial<ClientKey> = {}): ClientKey => ({
  ...{ tenantId: 't1', workspaceId: 'w1', name, version: '1' },
  ...over,
});

/** Clients are numbers, in the order in which they were opened. */
function clients(
  options: { readonly maxClients?: number; readonly maxOfTenant?: number; readonly idleMs?: number } = {},
) {
  let opened = 0;
  const closed: number[] = [];
  const kept = keepClients<number>({ ...options, closeClient: (client) => closed.push(client) });
  const open = (): Promise<number> => Promise.resolve((opened += 1));
  const use = (key: ClientKey): Promise<number> => kept.use(key, open, (client) => Promise.resolve(client));
  return { kept, open, use, closed };
}

describe('clients of connections', () => {
  it('are one for each tenant, workspace, name and version', async () => {
    const { use } = clients();
    expect(await Promise.all([use(keyOf('a')), use(keyOf('a'))])).toEqual([1, 1]);
    const others = [keyOf('b'), keyOf('a', { tenantId: 't2' }), keyOf('a', { workspaceId: 'w2' })];
    expect(await Promise.all([...others, keyOf('a', { version: '2' })].map(use))).toEqual([2, 3, 4, 5]);
    // Parts that run together as texts are different keys.
    expect(await use(keyOf('b"', { version: '1' }))).toBe(6);
  });

  it('are closed when they were idle, and opened anew', async () => {
    const { use, closed } = clients({ idleMs: 1 });
    expect(await use(keyOf('a'))).toBe(1);
    await expect.poll(() => closed, { timeout: 20_000 }).toEqual([1]);
    expect(await use(keyOf('a'))).toBe(2);
  });

  it('make room for others when they are idle, the longest unused one first', async () => {
    const { use, closed } = clients({ maxClients: 2 });
    for (const name of ['a', 'b', 'a']) await use(keyOf(name));
    await use(keyOf('c'));
    await expect.poll(() => closed, { timeout: 20_000 }).toEqual([2]);
  });

  it('do not make room while they are used, and one tenant has its share only', async () => {
    const { kept, open, use } = clients({ maxClients: 3, maxOfTenant: 1 });
    let end = (): void => undefined;
    const busy = kept.use(keyOf('a'), open, () => new Promise<void>((resolve) => (end = resolve)));
    await expect(use(keyOf('b'))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(await use(keyOf('b', { tenantId: 't2' }))).toBe(2);
    end();
    await busy;
    expect(await use(keyOf('b'))).toBe(3);
  });

  it('that found their server unreachable are not used again, those whose query failed are', async () => {
    const { kept, open, use, closed } = clients();
    const fail = (error: Error) => kept.use(keyOf('a'), open, () => Promise.reject(error)).catch(() => undefined);
    await fail(finalError('CONFLICT', 'there is one'));
    expect(await use(keyOf('a'))).toBe(1);
    await fail(retryableError('UPSTREAM_UNAVAILABLE', 'gone'));
    await expect.poll(() => closed, { timeout: 20_000 }).toEqual([1]);
    expect(await use(keyOf('a'))).toBe(2);
  });

  it('that are not used again count until their last call ends', async () => {
    const { kept, open, use, closed } = clients({ maxOfTenant: 1 });
    let end = (): void => undefined;
    const busy = kept.use(keyOf('a'), open, () => new Promise<void>((resolve) => (end = resolve)));
    const away = kept.use(keyOf('a'), open, () => Promise.reject(retryableError('UPSTREAM_UNAVAILABLE', 'gone')));
    await expect(away).rejects.toThrow('gone');
    await expect(use(keyOf('a'))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(closed).toEqual([]);
    end();
    await busy;
    expect(await use(keyOf('a'))).toBe(2);
    await expect.poll(() => closed, { timeout: 20_000 }).toEqual([1]);
  });

  it('that could not be opened are tried again', async () => {
    const { kept, use, closed } = clients();
    const refused = kept.use(
      keyOf('a'),
      () => Promise.reject(new Error('blocked')),
      () => Promise.resolve(0),
    );
    await expect(refused).rejects.toThrow('blocked');
    expect(await use(keyOf('a'))).toBe(1);
    await kept.close();
    expect(closed).toEqual([1]);
  });
});
