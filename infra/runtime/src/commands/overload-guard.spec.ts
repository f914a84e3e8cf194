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

const of = (...counts: readonly (readonly [string, number])[]) => new Map(counts);

describe('the overload guard', () => {
  it('refuses once the oldest event the read models lack is too old, and admits again when they have it', () => {
    const clock = { now: 10_000, projected: 0 };
    const guard = guardAt(clock);
    guard.logReached(3, 5, 10_000, of(['T', 5]));
    guard.logReached(3, 9, 11_500, of(['T', 5]));
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
    guard.logReached(3, 5, 10_000, of(['T', 5]));
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

  describe('while read models lag', () => {
    const lagging = (now: number) => {
      const clock = { now, projected: 0 };
      const guard = guardAt(clock);
      guard.logReached(0, 900, 0, of(['noisy', 895], ['quiet', 5]));
      guard.logReached(1, 30, 0, of(['neighbour', 30]));
      const answer = (partition: number, tenantId: string): string => {
        try {
          guard.admit(partition, tenantId);
          return 'taken';
        } catch (cause) {
          const { status, dimension, retryAfterSeconds } = (cause as Refusal).problem;
          return [status, dimension, retryAfterSeconds].filter((part) => part !== null).join(' ');
        }
      };
      return { clock, answer };
    };

    it('a tenant that has more than the others on average is refused, and they are served', () => {
      const { answer } = lagging(2001);
      expect(answer(0, 'noisy')).toBe('429 command_backlog 3');
      expect([answer(0, 'quiet'), answer(0, 'new'), answer(1, 'neighbour')]).toEqual(['taken', 'taken', 'taken']);
    });

    it('all are refused once it is too long for anybody', () => {
      const { answer } = lagging(10_001);
      expect([answer(0, 'noisy'), answer(0, 'quiet')]).toEqual(['429 command_backlog 10', '503 10']);
    });

    it('a tenant that is alone gets 503: the system is overloaded', () => {
      const { clock, answer } = lagging(2001);
      clock.projected = 30;
      expect(answer(0, 'noisy')).toBe('429 command_backlog 3');
      const alone = guardAt({ now: 2001, projected: 0 });
      alone.logReached(0, 5, 0, of(['T', 5]));
      expect(() => alone.admit(0, 'T')).toThrow(/OVERLOADED/);
    });
  });
});
