import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startPeriodic } from './index.js';

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(1);
};

it('goes on after a turn that failed, and reports it', async () => {
  const faults: unknown[] = [];
  let turns = 0;
  const work = (): Promise<void> => {
    turns += 1;
    return turns === 1 ? Promise.reject(new Error('once')) : Promise.resolve();
  };
  const periodic = startPeriodic({ intervalMs: 1, work, onFault: (cause) => faults.push(cause) });
  await until(() => turns >= 3);
  await periodic.close();
  expect(faults).toEqual([new Error('once')]);
});

it('never has two turns at a time, and closes when the one under way has ended', async () => {
  let underWay = 0;
  let most = 0;
  let ended = 0;
  const work = async (signal: AbortSignal): Promise<void> => {
    underWay += 1;
    most = Math.max(most, underWay);
    await sleep(10_000, undefined, { signal }).catch(() => undefined);
    await sleep(5);
    underWay -= 1;
    ended += 1;
  };
  const periodic = startPeriodic({ intervalMs: 1, work, onFault: () => undefined });
  await until(() => underWay === 1);
  await periodic.close();
  expect([most, ended]).toEqual([1, 1]);
});

it('closes before the first turn', async () => {
  let turns = 0;
  const work = (): Promise<void> => Promise.resolve(void turns++);
  await startPeriodic({ intervalMs: 60_000, work, onFault: () => undefined }).close();
  expect(turns).toBe(0);
});
