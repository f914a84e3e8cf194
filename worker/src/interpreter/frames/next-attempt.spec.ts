import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { nextAttemptAt } from './next-attempt.js';

const failure = ApplicationFailure.retryable('no');
const policy = { initialInterval: 1000, backoffCoefficient: 2, maximumInterval: 5000 };
const info = (attempt: number, over = {}) => ({
  ...{ attempt, retryPolicy: policy, scheduledTimestampMs: 0, scheduleToCloseTimeoutMs: 0 },
  ...over,
});

describe('when the next attempt is due', () => {
  it.each([
    [1, 11_000],
    [2, 12_000],
    [3, 14_000],
    [4, 15_000],
    [400, 15_000],
  ])('is after the pause of the policy behind attempt %i', (attempt, due) => {
    expect(nextAttemptAt(info(attempt), failure, 10_000)).toBe(due);
  });

  it('is when the failure asks for it', () => {
    const asked = ApplicationFailure.create({ message: 'busy', nextRetryDelay: 30_000 });
    expect(nextAttemptAt(info(1), asked, 10_000)).toBe(40_000);
  });

  it('is never, where the time of the task is over before', () => {
    expect(nextAttemptAt(info(1, { scheduleToCloseTimeoutMs: 10_500 }), failure, 10_000)).toBeUndefined();
    expect(nextAttemptAt(info(1, { scheduleToCloseTimeoutMs: 11_000 }), failure, 10_000)).toBe(11_000);
  });

  it('is not told where nothing tells it', () => {
    expect(nextAttemptAt(info(1, { retryPolicy: undefined }), failure, 10_000)).toBeUndefined();
    const endless = { ...policy, maximumInterval: undefined };
    expect(nextAttemptAt(info(5000, { retryPolicy: endless }), failure, 10_000)).toBeUndefined();
  });
});
