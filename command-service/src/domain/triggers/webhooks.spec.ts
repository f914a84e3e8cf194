import { registration, webhookExecutionIdApart, type Command } from '@flowplane/contracts';
import { describe, expect, test } from 'vitest';
import { DAY_MS, given, T0, TENANT } from '../../../test/decider-specification.js';
import {
  at,
  create,
  delivery,
  HOOK,
  hookOrigin,
  hookRun,
  publish,
  publishHook,
  redeliver,
  remove,
  reportClosed,
  rewrap,
  rotate,
  story,
  VERDICT,
} from '../../../test/story.js';

const HOOKED = story(create(), publishHook(1, 's1'));
const requested = (distinct: string, trigger: object, version = 1) => ({
  type: 'ExecutionRequested',
  data: {
    ...{ flowId: 'f1', executionId: hookRun(distinct), version, input: '{}', triggerType: 'webhook' },
    ...{ retriedFrom: null, retryFrom: null, trigger, labels: '{}' },
  },
});
const runApart = (triggerId: string, { meta }: Command, trigger: object) => {
  const { type, data } = requested('', trigger);
  const executionId = webhookExecutionIdApart(`${TENANT}:w1:f1`, triggerId, meta.commandId);
  return { type, data: { ...data, executionId } };
};
const closeOf = (distinct: string): Command => {
  const { data, ...command } = reportClosed('x');
  return { ...command, data: { ...data, executionId: hookRun(distinct) } } as Command;
};
const refusedWith = (code: string) => ({ kind: 'trigger-refused', data: { problem: { code } } });
const duplicate = (distinct: string) => ({ reason: 'duplicate', executionId: hookRun(distinct) });

describe('a delivery', () => {
  test('starts a run of the latest version', () => {
    given(HOOKED)
      .when(delivery('d'))
      .thenAccepted(requested('d', hookOrigin('d')));
    given([...HOOKED, ...story(publishHook(2, null))])
      .when(delivery('d'))
      .thenAccepted(requested('d', hookOrigin('d'), 2));
  });
  test('counts only by a secret in force: dropped, failed and deleted triggers have none', () => {
    for (const [commands, secretId] of [
      [HOOKED, 's0'],
      [HOOKED, null],
      [[...HOOKED, ...story(publish(2))], 's1'],
      [[...HOOKED, ...story(publishHook(2, null, { failed: true }))], 's1'],
      [[...HOOKED, ...story(remove())], 's1'],
      [[...HOOKED, ...story(rotate('s2'))], 's1'],
    ] as const) {
      expect(given(commands).when(delivery('d', { secretId })).decision).toMatchObject(
        refusedWith('INVALID_SIGNATURE'),
      );
    }
  });
  test('is known for seven days, also when its run is over, and before any refusal', () => {
    const quotas = { flow_starts_per_minute: 1 };
    const closed = { ...reportClosed('x'), data: { ...reportClosed('x').data, executionId: hookRun('d') } };
    const done = [...HOOKED, ...story(delivery('d'), closed as never)];
    given(done, { quotas })
      .when(delivery('d', { verdict: VERDICT }))
      .thenAcknowledged(duplicate('d'));
    given(done)
      .when(delivery('d'), T0 + 7 * DAY_MS - 1)
      .thenAcknowledged(duplicate('d'));
    expect(given(done, { quotas }).when(delivery('e')).decision).toMatchObject(refusedWith('QUOTA_EXCEEDED'));
    expect(given(done).when(delivery('e', { verdict: VERDICT })).decision).toMatchObject(refusedWith(VERDICT.code));
  });
  test('is refused while as many fires are remembered as a tenant may have', () => {
    const full = given([...HOOKED, ...story(delivery('d'))], { memory: { maxFired: 1 } });
    expect(full.when(delivery('e'), T0 + DAY_MS).decision).toMatchObject({
      data: { problem: { code: 'OVERLOADED', retryAfterSeconds: (6 * DAY_MS) / 1000 } },
    });
    full.when(delivery('e'), T0 + 7 * DAY_MS).thenAccepted(requested('e', hookOrigin('e')));
  });
  test('is distinguished from others by its dedupe key where the trigger has one', () => {
    const keyed = [...HOOKED, ...story(delivery('d', {}, 'k'))];
    given(keyed)
      .when(delivery('e', {}, 'k'))
      .thenAcknowledged(duplicate('k'));
    given(keyed)
      .when(delivery('d', {}, 'other'))
      .thenAccepted(requested('other', { ...hookOrigin('d'), dedupeKey: 'other' }));
  });
});

test('deliveries of two triggers never have one run, though their ids spell the same', () => {
  const europe = 'f1:webhook:default-eu';
  const hook = (triggerId: string) =>
    registration(triggerId, { kind: 'webhook', path: '', secret: { secretId: 's1', keyId: 'k', ciphertext: 'c' } });
  const both = story(create(), publish(1, 'f1', { triggers: [hook(HOOK), hook(europe)] }));
  const trigger = { ...hookOrigin('1'), triggerId: europe };
  const other = delivery('1', { executionId: hookRun('eu-1'), trigger });
  const closed = closeOf('eu-1');
  for (const first of [story(delivery('eu-1')), story(delivery('eu-1'), closed)]) {
    given([...both, ...first])
      .when(other)
      .thenAccepted(runApart(europe, other, trigger));
    const apart = webhookExecutionIdApart(`${TENANT}:w1:f1`, europe, other.meta.commandId);
    given([...both, ...first, ...story(other)])
      .when(other)
      .thenAcknowledged({ reason: 'duplicate', executionId: apart });
  }
});

describe('redelivery', () => {
  const once = [...HOOKED, ...story(delivery('d'))];
  test('numbers the runs of a delivery', () => {
    const again = (redelivery: number) => requested(`d-r${redelivery}`, { ...hookOrigin('d'), redelivery });
    given(once).when(redeliver('d')).thenAccepted(again(1));
    given([...once, ...story(redeliver('d'))])
      .when(redeliver('d'))
      .thenAccepted(again(2));
  });
  test('never takes the id of a delivery, nor a delivery that of a redelivery', () => {
    given([...once, ...story(delivery('d-r1'))])
      .when(redeliver('d'))
      .thenAccepted(requested('d-r2', { ...hookOrigin('d'), redelivery: 2 }));
    const late = delivery('d-r1');
    given([...once, ...story(redeliver('d'))])
      .when(late)
      .thenAccepted(runApart(HOOK, late, hookOrigin('d-r1')));
  });
  test('is charged as a start, and needs the trigger', () => {
    given(once, { quotas: { flow_starts_per_minute: 1 } })
      .when(redeliver('d'))
      .thenRefused('QUOTA_EXCEEDED', { dimension: 'flow_starts_per_minute' });
    given([...once, ...story(publish(2))])
      .when(redeliver('d'))
      .thenRefused('VERSION_NOT_FOUND');
  });
});

describe('rotation', () => {
  const rotated = (previousValidUntil: number | null) => ({
    type: 'WebhookSecretRotated',
    data: {
      ...{ flowId: 'f1', triggerId: HOOK, previousValidUntil },
      secret: { secretId: 's2', keyId: 'k', ciphertext: 'c' },
    },
  });
  test('replaces the secret, at once or after the grace', () => {
    given(HOOKED).when(rotate('s2')).thenAccepted(rotated(null));
    given(HOOKED)
      .when(rotate('s2', 1000))
      .thenAccepted(rotated(T0 + 1000));
    const inGrace = given([...HOOKED, ...story(rotate('s2', 1000))]);
    inGrace.when(delivery('d'), T0 + 999).thenAccepted(requested('d', hookOrigin('d')));
    expect(inGrace.when(delivery('d'), T0 + 1000).decision).toMatchObject(refusedWith('INVALID_SIGNATURE'));
    inGrace.when(delivery('d', { secretId: 's2' })).thenAccepted(requested('d', hookOrigin('d')));
  });
  test('outlives a publish that keeps the trigger', () => {
    const kept = given([...HOOKED, ...story(rotate('s2'), at(T0, publishHook(2, null)))]);
    kept.when(delivery('d', { secretId: 's2' })).thenAccepted(requested('d', hookOrigin('d'), 2));
    expect(kept.when(delivery('d')).decision).toMatchObject(refusedWith('INVALID_SIGNATURE'));
  });
  test('404 without such a trigger → the verdict', () => {
    given(story(create(), publish(1)))
      .when(rotate('s2', 0, { verdict: VERDICT }))
      .thenRefused('FLOW_NOT_FOUND');
    given(HOOKED)
      .when(rotate('s2', 0, { verdict: VERDICT }))
      .thenRefused(VERDICT.code);
  });
});

test('a rewrap takes over what is in force and leaves the rest', () => {
  const { decision } = given([...HOOKED, ...story(rotate('s2', 1000))]).when(rewrap('s0', 's1', 's2'));
  expect(decision).toMatchObject({
    change: { data: { secrets: [{ secret: { secretId: 's1' } }, { secret: { secretId: 's2' } }] } },
  });
});
