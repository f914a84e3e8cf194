import { describe, expect, it } from 'vitest';
import type { DeniedCall } from '@flowplane/runtime/api';
import type { FireRequest } from '../../shared/run-input.js';
import { makeRefusedFires } from './refused-fires.js';

const REFUSAL = { status: 'refused', code: 'QUOTA_EXCEEDED', message: 'Too many.' } as const;
const fireOf = (flowId = 'F', tenantId = 'T'): FireRequest => ({
  ...{
    tenantId,
    workspaceId: 'W',
    flowId,
    executionId: `${tenantId}:W:${flowId}-workflow-x`,
    fireId: 'f',
    scheduledAt: 0,
  },
});

function setup() {
  let time = 60_000 * 1000;
  const denied: DeniedCall[] = [];
  const fires = makeRefusedFires(
    () => time,
    (one) => denied.push(one),
  );
  /** A fire of which the log would say this. @returns whether the log was asked */
  const fire = (answer: typeof REFUSAL | undefined, request = fireOf()): boolean => {
    if (fires.standing(request) !== undefined) return false;
    fires.decided(request, answer);
    return true;
  };
  return { fire, denied, pass: (ms: number) => (time += ms) };
}

describe('refused fires', () => {
  it('are decided one by one at first, then condensed into a count, but for one in a second', () => {
    const { fire, denied, pass } = setup();
    const asked = Array.from({ length: 3000 }, () => {
      pass(10);
      return fire(REFUSAL);
    });
    expect(asked.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => true));
    // 30 s at a hundred fires a second.
    expect(asked.slice(60).filter(Boolean).length).toBeLessThanOrEqual(30);
    expect(denied.length).toBe(asked.filter((was) => !was).length);
    expect(denied[0]).toMatchObject({ command: 'schedule.fire', flowId: 'F', problem: { code: 'QUOTA_EXCEEDED' } });
  });

  it('are put to the log again as soon as one is admitted, and in the next minute', () => {
    const { fire, pass } = setup();
    for (let count = 0; count < 100; count++) fire(REFUSAL);
    expect(fire(undefined)).toBe(false);
    pass(1000);
    expect([fire(undefined), fire(undefined), fire(undefined)]).toEqual([true, true, true]);
    for (let count = 0; count < 100; count++) fire(REFUSAL);
    expect(fire(undefined)).toBe(false);
    pass(60_000);
    expect([fire(REFUSAL), fire(REFUSAL)]).toEqual([true, true]);
  });

  it('of one tenant are nothing to another', () => {
    const { fire } = setup();
    for (let count = 0; count < 100; count++) fire(REFUSAL);
    expect(fire(undefined, fireOf('F', 'other'))).toBe(true);
  });

  it('for other reasons than a quota are always decided', () => {
    const { fire, denied } = setup();
    const gone = { status: 'refused', code: 'VERSION_NOT_FOUND', message: '' } as never;
    for (let count = 0; count < 200; count++) expect(fire(gone)).toBe(true);
    expect(denied).toEqual([]);
  });
});
