import { FlowplaneError, type WatchOptions } from '@flowplane/contracts/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sleep } from '../session/flowplane.js';
import { followWhileSeen, type Following } from './follow-while-seen.js';

type Frame = { readonly id: string };

/** A page that is looked at, or not. */
class SeenPage extends EventTarget {
  hidden = false;
  hide(isHidden: boolean): void {
    this.hidden = isHidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let page: SeenPage;
let following: Following | undefined;
let opened: WatchOptions[];
let begun: number;
let frames: string[];
let faults: unknown[];
beforeEach(() => {
  vi.useFakeTimers();
  page = new SeenPage();
  [opened, begun, frames, faults] = [[], 0, [], []];
});
afterEach(() => {
  following?.stop();
  vi.useRealTimers();
});

/** Follows a stream that does this each time it is opened, and then stays open. */
function follow(...times: readonly ((options: WatchOptions) => AsyncGenerator<Frame>)[]): void {
  async function* watch(options: WatchOptions): AsyncGenerator<Frame> {
    opened.push(options);
    const what = times[opened.length - 1];
    if (what === undefined) options.onOpen?.();
    else yield* what(options);
    await sleep(1e9, options.signal);
  }
  following = followWhileSeen<Frame>(
    {
      ...{ watch, idOf: ({ id }) => id, onBegin: () => (begun += 1) },
      onFrames: (more) => frames.push(...more.map(({ id }) => id)),
      onFault: (fault) => faults.push(fault),
    },
    page as unknown as Document,
  );
}

const showing = (...ids: readonly string[]) =>
  async function* (options: WatchOptions): AsyncGenerator<Frame> {
    options.onOpen?.();
    for (const id of ids) yield await Promise.resolve({ id });
  };
const refusing = (code: string) =>
  async function* (): AsyncGenerator<Frame> {
    const answer = { status: 410, headers: new Headers() };
    yield await Promise.reject<Frame>(new FlowplaneError('streamWorkspace', answer, JSON.stringify({ code })));
  };

it('gives the connection back while nobody looks, and goes on behind the last frame', async () => {
  follow(showing('1', '2'), showing('3'));
  await vi.advanceTimersByTimeAsync(200);
  expect([frames, opened[0]?.signal?.aborted]).toEqual([['1', '2'], false]);
  page.hide(true);
  expect(opened[0]?.signal?.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(opened.length).toBe(1);
  page.hide(false);
  await vi.advanceTimersByTimeAsync(200);
  expect([opened[1]?.lastEventId, frames, begun]).toEqual(['2', ['1', '2', '3'], 1]);
});

it('is given up with a reason, tried again later, and the reason is taken back', async () => {
  follow(refusing('FORBIDDEN'), refusing('FORBIDDEN'));
  await vi.advanceTimersByTimeAsync(200);
  expect(faults).toMatchObject([{ code: 'FORBIDDEN' }]);
  following?.again();
  await vi.advanceTimersByTimeAsync(200);
  expect(faults).toMatchObject([{ code: 'FORBIDDEN' }, { code: 'FORBIDDEN' }]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect([opened.length, faults.at(-1)]).toEqual([3, undefined]);
});

it('begins anew where the log does not reach back as far', async () => {
  follow(showing('1'), refusing('EVENTS_GONE'), showing('9'));
  await vi.advanceTimersByTimeAsync(200);
  page.hide(true);
  page.hide(false);
  await vi.advanceTimersByTimeAsync(200);
  expect([opened.map(({ lastEventId }) => lastEventId), begun, frames]).toEqual([
    [undefined, '1', undefined],
    2,
    ['1', '9'],
  ]);
});

it('is over when the stream is', async () => {
  following = followWhileSeen<Frame>(
    {
      watch: (options) => {
        opened.push(options);
        return showing('1')(options);
      },
      ...{ idOf: ({ id }) => id, onFault: () => undefined },
      onFrames: (more) => frames.push(...more.map(({ id }) => id)),
    },
    page as unknown as Document,
  );
  await vi.advanceTimersByTimeAsync(10);
  page.hide(true);
  page.hide(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([opened.length, frames]).toEqual([1, ['1']]);
});
