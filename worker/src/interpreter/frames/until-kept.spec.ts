import type { Context } from '@temporalio/activity';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeUntilKept } from './until-kept.js';

const STARTED_AT = 1_000_000;
/** The log does not answer. */
const NEVER = new Promise<boolean>(() => undefined);
beforeEach(() => vi.useFakeTimers({ now: STARTED_AT + 2000 }));
afterEach(() => vi.useRealTimers());

function attempt(over: Partial<Context['info']> = {}) {
  const cancelling = new AbortController();
  let beats = 0;
  const info = {
    startToCloseTimeoutMs: 60_000,
    scheduleToCloseTimeoutMs: 0,
    scheduledTimestampMs: STARTED_AT,
    ...over,
  };
  const heartbeat = (): void => void (beats += 1);
  const context = { info, heartbeat, cancellationSignal: cancelling.signal } as unknown as Context;
  return { context, cancel: () => cancelling.abort(), beats: () => beats };
}

/** How long the end of an attempt was held back, in ms, and how often it went without its record. */
async function heldBack(
  over: Partial<Context['info']>,
  kept: Promise<boolean> | undefined,
): Promise<{ readonly ms: number; readonly unrecorded: number; readonly beats: number }> {
  let unrecorded = 0;
  const { context, beats } = attempt(over);
  const begun = Date.now();
  let ms = -1;
  const held = makeUntilKept(() => void (unrecorded += 1))(kept, context, STARTED_AT).then(() => {
    ms = Date.now() - begun;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  await held;
  return { ms, unrecorded, beats: beats() };
}

describe('the end of an attempt is held back', () => {
  it('until the log has it', async () => {
    const kept = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 70));
    expect(await heldBack({}, kept)).toMatchObject({ ms: 70, unrecorded: 0 });
  });

  it('no longer than it is known that the log will not have it', async () => {
    expect(await heldBack({}, Promise.resolve(false))).toMatchObject({ ms: 0, unrecorded: 1 });
  });

  it('not at all where nothing is recorded', async () => {
    expect(await heldBack({}, undefined)).toMatchObject({ ms: 0, unrecorded: 0 });
  });

  it.each([
    ['ten seconds', {}, 10_000],
    ['half of what the attempt has left', { startToCloseTimeoutMs: 5000 }, 1500],
    [
      'half of what the task has left',
      { scheduleToCloseTimeoutMs: 4000, scheduledTimestampMs: STARTED_AT - 1000 },
      500,
    ],
  ])('at most for %s', async (_name, over, ms) => {
    expect(await heldBack(over, NEVER)).toMatchObject({ ms, unrecorded: 1 });
  });

  it('with the heartbeats that it was asked for, and none afterwards', async () => {
    expect(await heldBack({ heartbeatTimeoutMs: 4000 }, NEVER)).toEqual({ ms: 10_000, unrecorded: 1, beats: 9 });
  });

  it('not at all where the attempt has no time left, which is no fault of the log', async () => {
    expect(await heldBack({ startToCloseTimeoutMs: 2000 }, NEVER)).toMatchObject({ ms: 0, unrecorded: 0 });
  });

  it('not at all after an end that the log has not taken, until it takes one', async () => {
    let unrecorded = 0;
    let take = (_isKept: boolean): void => undefined;
    const late = new Promise<boolean>((resolve) => (take = resolve));
    const untilKept = makeUntilKept(() => void (unrecorded += 1));
    const { context } = attempt();
    const first = untilKept(late, context, STARTED_AT);
    await vi.advanceTimersByTimeAsync(10_000);
    await first;
    const begun = Date.now();
    const second = untilKept(NEVER, context, STARTED_AT);
    await vi.advanceTimersByTimeAsync(1);
    await second;
    expect([Date.now() - begun, unrecorded]).toEqual([1, 2]);
    take(true);
    await vi.advanceTimersByTimeAsync(0);
    const third = untilKept(NEVER, context, STARTED_AT);
    await vi.advanceTimersByTimeAsync(5000);
    expect(unrecorded).toBe(2);
    await vi.advanceTimersByTimeAsync(5000);
    await third;
    expect(unrecorded).toBe(3);
  });

  it('no longer when it is cancelled, which counts for nothing', async () => {
    let unrecorded = 0;
    const { context, cancel } = attempt();
    const held = makeUntilKept(() => void (unrecorded += 1))(NEVER, context, STARTED_AT);
    cancel();
    await held;
    expect(unrecorded).toBe(0);
  });
});
