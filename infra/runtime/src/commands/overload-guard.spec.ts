import { problemBody } from '@flowplane/contracts';
import type { Refusal } from '@flowplane/plumbing/http';
import { describe, expect, it } from 'vitest';
import { makeOverloadGuard } from './overload-guard.js';

function guardAt(clock: { now: number; projected: number; undecided?: number }) {
  return makeOverloadGuard({
    maxLagMs: 2000,
    maxPendingCommands: 10,
    undecided: () => clock.undecided ?? 0,
    undecidedOf: () => 0,
    now: () => clock.now,
    projected: () => clock.projected,
  });
}

describe('the overload guard', () => {
  it('refuses once the oldest event the read models lack is too old, and admits again when they have it', () => {
    const clock = { now: 10_000, projected: 0 };
    const guard = guardAt(clock);
    guard.logReached(3, 5, 10_000);
    guard.logReached(3, 9, 11_500);
    clock.now = 12_000;
    expect(() => guard.admit(3)).not.toThrow();
    clock.now = 12_001;
    expect(() => guard.admit(3)).toThrow(/OVERLOADED/);
    expect(() => guard.admit(4)).not.toThrow();
    clock.projected = 5;
    expect(guard.lagMs(3)).toBe(501);
    expect(() => guard.admit(3)).not.toThrow();
    clock.projected = 9;
    expect(guard.lagMs(3)).toBe(0);
  });

  it('says to come back after as long as the read models lag: about so long they take to follow', () => {
    const clock = { now: 12_001, projected: 0, undecided: 0 };
    const guard = guardAt(clock);
    const retryAfter = (): unknown => {
      try {
        return guard.admit(3);
      } catch (cause) {
        return cause;
      }
    };
    guard.logReached(3, 5, 10_000);
    expect(retryAfter()).toMatchObject({ problem: { code: 'OVERLOADED', retryAfterSeconds: 3 } });
    clock.now = 100_000;
    expect(retryAfter()).toMatchObject({ problem: { retryAfterSeconds: 10 } });
    clock.projected = 5;
    clock.undecided = 10;
    expect(retryAfter()).toMatchObject({ problem: { retryAfterSeconds: 1 } });
  });

  it('tells a tenant that has its share of the waiting how large that is', () => {
    const guard = makeOverloadGuard({
      ...{ maxLagMs: 2000, maxPendingCommands: 10, undecided: () => 8, undecidedOf: () => 8 },
      ...{ now: () => 0, projected: () => 0 },
    });
    let refused: unknown;
    try {
      guard.admit(0, 'T');
    } catch (refusal) {
      refused = problemBody((refusal as Refusal).problem);
    }
    expect(refused).toMatchObject({
      ...{ dimension: 'command_backlog', scope: 'tenant', limit: 8, usage: 8, retryAfter: 1 },
    });
  });

  it('refuses when too many commands wait', () => {
    const clock = { now: 0, projected: 0, undecided: 9 };
    const guard = guardAt(clock);
    expect(() => guard.admit(0)).not.toThrow();
    clock.undecided = 10;
    expect(() => guard.admit(0)).toThrow(/OVERLOADED/);
  });
});
