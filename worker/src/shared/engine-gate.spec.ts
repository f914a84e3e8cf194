import { describe, expect, it } from 'vitest';
import { CallAbandoned, makeEngineGate } from './engine-gate.js';

const UNAVAILABLE = 14;
const fault = (code: number, details: string): Error => Object.assign(new Error(details), { code, details });
const unreachable = (): Error => fault(UNAVAILABLE, 'no connection established');
const never = new AbortController().signal;
const silent = { warn: () => undefined, info: () => undefined };

/** A gate whose engine is away until `back` is called. */
function trialGate(maxConcurrent = 10) {
  let away = false;
  let probes = 0;
  const gate = makeEngineGate({
    probe: () => {
      probes += 1;
      return away ? Promise.reject(unreachable()) : Promise.resolve();
    },
    maxConcurrent,
    logger: silent,
    firstPauseMs: 1,
    longestPauseMs: 5,
  });
  return {
    gate,
    probes: () => probes,
    leave: () => {
      away = true;
    },
    back: () => {
      away = false;
    },
    /** Fails while the engine is away. */
    call: <T>(value: T) => (away ? Promise.reject(unreachable()) : Promise.resolve(value)),
  };
}

describe('the way to the engine', () => {
  it('holds calls through an outage and lets all of them on when it ends', async () => {
    const trial = trialGate();
    trial.leave();
    let tries = 0;
    const calls = Array.from({ length: 50 }, (_, value) =>
      trial.gate.call(() => {
        tries += 1;
        return trial.call(value);
      }, never),
    );
    await expect.poll(trial.probes).toBeGreaterThan(3);
    expect(trial.gate.reachable()).toBe(false);
    const whileAway = tries;
    trial.back();
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, (_, value) => value));
    // Nobody knocks but the probe: each call was tried at most once before the gate was shut.
    expect(whileAway).toBeLessThanOrEqual(50);
    expect(trial.gate.reachable()).toBe(true);
  });

  it('tries again what may succeed later, and gives back at once what never will', async () => {
    const { gate } = trialGate();
    let tries = 0;
    const busy = gate.call(() => {
      tries += 1;
      return tries < 2 ? Promise.reject(fault(8, 'resource exhausted')) : Promise.resolve('done');
    }, never);
    expect(await busy).toBe('done');
    for (const [code, details] of [
      [5, 'workflow execution not found'],
      [3, 'WorkflowId length exceeds limit'],
    ] as const) {
      let asked = 0;
      const refused = gate.call(() => {
        asked += 1;
        return Promise.reject(fault(code, details));
      }, never);
      await expect(refused).rejects.toThrow(details);
      expect(asked).toBe(1);
    }
  });

  it('does not take a missing set-up for a fault of the run', async () => {
    const { gate } = trialGate();
    const leave = new AbortController();
    let tries = 0;
    const waiting = gate.call(() => {
      tries += 1;
      if (tries === 2) leave.abort();
      return Promise.reject(fault(3, 'Namespace flows has no mapping defined for search attribute flowId'));
    }, leave.signal);
    await expect(waiting).rejects.toBeInstanceOf(CallAbandoned);
    expect(tries).toBe(2);
  });

  it('gives a call up that fails for long while others succeed, and none while no call does', async () => {
    const gate = makeEngineGate({ probe: async () => undefined, maxConcurrent: 5, logger: silent, giveUpAfterMs: 250 });
    const leave = new AbortController();
    let over = false;
    const failing = gate
      .call(() => Promise.reject(fault(13, 'internal')), leave.signal)
      .catch((cause: unknown) => cause)
      .finally(() => (over = true));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(over).toBe(false);
    await gate.call(() => Promise.resolve(), never);
    expect(await failing).toMatchObject({ message: 'internal' });
  });

  it('is left on the signal of the caller, also while the engine is away', async () => {
    const trial = trialGate();
    trial.leave();
    const leave = new AbortController();
    const waiting = trial.gate.call(() => trial.call(1), leave.signal);
    await expect.poll(trial.gate.reachable).toBe(false);
    leave.abort();
    await expect(waiting).rejects.toBeInstanceOf(CallAbandoned);
    trial.back();
  });

  it('lets no more than so many through at once', async () => {
    const { gate } = trialGate(3);
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => gate.call(work, never)));
    expect(most).toBe(3);
  });
});
