import { makeLogger } from '@flowplane/plumbing/logging';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openCompact } from './open-compact.js';
import type { ComposedService } from './services.js';

const fatal = vi.fn<HostProcess['fatal']>();
const HOST: HostProcess = {
  env: { LOG_LEVEL: 'silent' },
  logger: makeLogger({ service: 'test', level: 'silent' }),
  fatal,
};

const service = (name: string, open: ComposedService['open']): ComposedService => ({
  name,
  port: 0,
  closeDeadlineMs: 10_000,
  open,
});
const closedBy = (close: () => Promise<void>): (() => Promise<Running>) => {
  return () => Promise.resolve({ close });
};

afterEach(() => {
  vi.useRealTimers();
  fatal.mockReset();
});

test('they are opened at the same time and closed one after the other', async () => {
  const steps: string[] = [];
  let open = (): void => undefined;
  const secondIsOpen = new Promise<void>((resolve) => (open = resolve));
  const running = (name: string) => ({
    close: async () => {
      steps.push(`${name} closes`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`${name} is closed`);
    },
  });
  const services = [
    // Waits for the other, as the readers of a store wait for the service that makes it.
    service('one', () => secondIsOpen.then(() => running('one'))),
    service('two', () => {
      open();
      return Promise.resolve(running('two'));
    }),
  ];
  const compact = openCompact(services, HOST);
  await compact.close();
  expect(steps).toEqual(['one closes', 'one is closed', 'two closes', 'two is closed']);
});

test('one that fails while closing takes the close away from no other, and the close as a whole fails', async () => {
  const closed: string[] = [];
  const services = [
    service(
      'one',
      closedBy(() => Promise.reject(new Error('the store is away'))),
    ),
    service(
      'two',
      closedBy(async () => void closed.push('two')),
    ),
  ];
  const compact = openCompact(services, HOST);
  await expect(compact.close()).rejects.toThrow('not closed: one');
  expect(closed).toEqual(['two']);
});

test('one that does not end its close is left after its deadline, and the others are closed', async () => {
  const closed: string[] = [];
  const services = [
    service(
      'one',
      closedBy(() => new Promise(() => undefined)),
    ),
    service(
      'two',
      closedBy(async () => void closed.push('two')),
    ),
  ];
  const compact = openCompact(services, HOST);
  vi.useFakeTimers();
  const closing = compact.close().catch((thrown: unknown) => thrown);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await closing).toMatchObject({ message: 'not closed: one' });
  expect(closed).toEqual(['two']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a service that cannot be opened is a fatal fault that names it, with the cause', async () => {
  const cause = new Error('the broker is away');
  const services = [
    service(
      'one',
      closedBy(() => Promise.resolve()),
    ),
    service('two', () => Promise.reject(cause)),
  ];
  openCompact(services, HOST);
  await vi.waitFor(() => expect(fatal).toHaveBeenCalled());
  expect(fatal.mock.calls).toMatchObject([[{ message: 'two could not be opened', cause }, 'start failed']]);
});

describe('a stop while services are still opening', () => {
  const closes = (name: string, steps: string[]): Running => ({ close: async () => void steps.push(name) });

  test('closes what is open and what opens meanwhile, in order', async () => {
    const steps: string[] = [];
    let open = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (open = resolve));
    const services = [
      service('one', () => Promise.resolve(closes('one', steps))),
      service('two', () => isAsked.then(() => closes('two', steps))),
      service('three', () => Promise.resolve(closes('three', steps))),
    ];
    const closing = openCompact(services, HOST).close();
    await vi.waitFor(() => expect(steps).toEqual(['one']));
    open();
    await closing;
    expect(steps).toEqual(['one', 'two', 'three']);
  });

  test('does not wait for ever for one that does not open, and one that fails to open has nothing to close', async () => {
    const steps: string[] = [];
    const services = [
      service('one', () => new Promise(() => undefined)),
      service('two', () => Promise.reject(new Error('the store is away'))),
      service('three', () => Promise.resolve(closes('three', steps))),
    ];
    vi.useFakeTimers();
    const closing = openCompact(services, HOST)
      .close()
      .catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await closing).toMatchObject({ message: 'not closed: one' });
    expect(steps).toEqual(['three']);
    expect(fatal).not.toHaveBeenCalled();
  });
});

test('a fatal fault names the service that has it', () => {
  const cause = new Error('gone');
  const services = [
    service('one', (host) => {
      host.fatal(cause, 'events are missing from the log');
      return Promise.resolve({ close: () => Promise.resolve() });
    }),
  ];
  openCompact(services, HOST);
  expect(fatal).toHaveBeenCalledWith(cause, 'one: events are missing from the log');
});
