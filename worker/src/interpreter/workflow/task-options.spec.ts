import { describe, expect, it } from 'vitest';
import { activityOptions, taskTiming, timingAfter } from './task-options.js';

describe('retry policy of flow-language 8.2', () => {
  it('has the documented defaults', () => {
    expect(taskTiming('n')).toEqual({
      initialIntervalMs: 1000,
      backoffCoefficient: 2,
      maximumIntervalMs: 100_000,
      maxAttempts: undefined,
      nonRetryableErrors: [],
      startToCloseMs: 60_000,
      scheduleToCloseMs: undefined,
      heartbeatMs: undefined,
    });
  });

  it('is given to the engine as it is written', () => {
    const policy = {
      maxAttempts: 5,
      backoffCoefficient: 1.5,
      initialInterval: 'PT2S',
      maximumInterval: 'PT30S',
      nonRetryableErrors: ['RESPONSE_TOO_LARGE'],
      timeouts: { startToClose: 'PT20S', scheduleToClose: 'PT3M', heartbeat: 'PT5S' },
    };
    expect(activityOptions('n', taskTiming('n', policy), 'T')).toMatchObject({
      activityId: 'n',
      priority: { fairnessKey: 'T' },
      startToCloseTimeout: 20_000,
      scheduleToCloseTimeout: 180_000,
      heartbeatTimeout: 5000,
      retry: {
        initialInterval: 2000,
        backoffCoefficient: 1.5,
        maximumInterval: 30_000,
        maximumAttempts: 5,
        nonRetryableErrorTypes: ['RESPONSE_TOO_LARGE', 'PayloadMissing'],
      },
    });
  });

  it('notices a worker that died where the author asked for no heartbeat, and leaves theirs alone', () => {
    const options = (timeouts: object) => activityOptions('n', taskTiming('n', { timeouts }), 'T');
    expect(options({})).toMatchObject({ startToCloseTimeout: 60_000, heartbeatTimeout: 15_000 });
    expect(options({ heartbeat: 'PT2M', startToClose: 'PT1H' })).toMatchObject({ heartbeatTimeout: 120_000 });
    expect(options({ startToClose: 'PT15S' })).not.toHaveProperty('heartbeatTimeout');
  });

  it('takes a maximum below the initial interval as the pause that results', () => {
    expect(taskTiming('n', { initialInterval: 'PT10S', maximumInterval: 'PT2S' })).toMatchObject({
      initialIntervalMs: 2000,
      maximumIntervalMs: 2000,
    });
  });

  it('makes the time-out of an attempt final when its code is listed', () => {
    const { retry } = activityOptions('n', taskTiming('n', { nonRetryableErrors: ['TIMEOUT'] }), 'T');
    expect(retry?.nonRetryableErrorTypes).toEqual(['TIMEOUT', 'PayloadMissing', 'TemporalTimeout:StartToClose']);
  });

  it('never passes zero, which the engine reads as "not set"', () => {
    expect(taskTiming('n', { initialInterval: 'PT0S', timeouts: { startToClose: 'PT0S' } })).toMatchObject({
      initialIntervalMs: 1,
      startToCloseMs: 1,
    });
  });

  it('fails the node for a duration that is none', () => {
    expect(() => taskTiming('n', { timeouts: { heartbeat: '5s' } })).toThrow(/not an ISO-8601/);
  });
});

describe('what the engine would refuse without an end', () => {
  it('is an id of more than 1000 bytes: it fails the run', () => {
    expect(() => activityOptions('🚀'.repeat(251), taskTiming('n'), 'T')).toThrow('1004 bytes');
    expect(activityOptions('🚀'.repeat(250), taskTiming('n'), 'T').activityId).toHaveLength(500);
  });

  it('is a number of attempts beyond 32 bits: as many as it can count are as good', () => {
    expect(taskTiming('n', { maxAttempts: 3_000_000_000 }).maxAttempts).toBe(2_147_483_647);
  });
});

describe('what is left of a policy after some attempts', () => {
  const policy = { maxAttempts: 5, initialInterval: 'PT1S', maximumInterval: 'PT3S' };
  const timing = taskTiming('n', { ...policy, timeouts: { scheduleToClose: 'PT60S' } });

  it('has the pauses, attempts and time that would have come next', () => {
    expect(timingAfter(timing, 0, 500)).toEqual({ ...timing, scheduleToCloseMs: 59_500 });
    expect(timingAfter(timing, 1, 0)).toEqual({ ...timing, maxAttempts: 4, initialIntervalMs: 2000 });
    expect(timingAfter(timing, 3, 0)).toMatchObject({ maxAttempts: 2, initialIntervalMs: 3000 });
  });

  it('is never nothing, which the engine would read as no bound', () => {
    expect(timingAfter(timing, 5, 60_000)).toMatchObject({ maxAttempts: 1, scheduleToCloseMs: 1 });
  });

  it('keeps what has no bound without one', () => {
    expect(timingAfter(taskTiming('n'), 2000, 5000)).toMatchObject({
      maxAttempts: undefined,
      scheduleToCloseMs: undefined,
      initialIntervalMs: 100_000,
    });
  });
});
