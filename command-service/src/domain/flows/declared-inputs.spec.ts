import type { Command } from '@flowplane/contracts';
import { describe, expect, it, test } from 'vitest';
import { declaredInputs, deniedByInputs } from './declared-inputs.js';
import { contextAt, given, T0, take } from '../../../test/decider-specification.js';
import { platformEvent, record, settle } from '../../../test/platform-event-story.js';
import { create, delivery, publish, publishHook, redeliver, start, story } from '../../../test/story.js';
import { emptyTenantState, stateFromJson, stateToJson } from '../tenant-state.js';

const INPUTS = {
  n: { type: 'number', required: true },
  list: { type: 'array', required: true, default: [1, 2, 3] },
  odd: { type: 'object', default: null },
  note: { type: 'string' },
};
const definition = JSON.stringify({ inputs: INPUTS, nodes: [] });
const STRICT = { strictInputs: true };

describe('what a version declares', () => {
  it('is kept without its defaults, of which only the type counts', () => {
    const kept = declaredInputs(definition);
    expect(kept).toEqual({
      n: { type: 'number', required: true },
      list: { type: 'array', required: true, default: [] },
      odd: { type: 'object', required: false, default: null },
      note: { type: 'string', required: false },
    });
    expect(JSON.parse(deniedByInputs(kept, '{"n":"1"}')?.errors ?? '')).toEqual([
      { input: 'n', message: "Input 'n' must be of type number." },
      { input: 'odd', message: "Input 'odd' must be of type object." },
    ]);
    expect(deniedByInputs(kept, '{"n":1,"odd":{},"other":true}')).toBeUndefined();
  });

  it.each(['{"nodes":[]}', '{"inputs":{}}', '{"nodes":[{"id":"\\"inputs\\""}]}'])('is nothing in %s', (text) => {
    expect(declaredInputs(text)).toBeNull();
    expect(deniedByInputs(null, '{}')).toBeUndefined();
  });
});

/** Publishes the webhook again, with this definition. */
const again = (draftRevision: number, text: string): Command => {
  const command = publishHook(draftRevision, null);
  return { ...command, data: { ...command.data, definition: text } } as Command;
};
const HOOKED = story(create(), publishHook(1, 's1'), again(2, definition));
const refusedWith = (code: string) => ({ kind: 'trigger-refused', data: { problem: { code } } });

describe('a delivery where inputs are strict', () => {
  test('must fit the version that is the latest at its place in the log', () => {
    for (const input of ['{}', '{"n":"1"}']) {
      const { decision } = given(HOOKED).when(delivery('d', { ...STRICT, input }));
      expect(decision).toMatchObject(refusedWith('INPUT_VALIDATION_FAILED'));
    }
    const starts = [
      given(HOOKED).when(delivery('d', { ...STRICT, input: '{"n":1,"odd":{}}' })),
      given(HOOKED.slice(0, 2)).when(delivery('d', STRICT)),
      given([...HOOKED, ...story(again(3, '{"nodes":[]}'))]).when(delivery('d', STRICT)),
    ];
    for (const { decision } of starts) expect(decision).toMatchObject({ kind: 'accepted' });
  });

  test('is refused for its input before any quota; where inputs are not strict, it starts', () => {
    const quotas = { flow_starts_per_minute: 0 };
    const { decision } = given(HOOKED, { quotas }).when(delivery('d', STRICT));
    expect(decision).toMatchObject(refusedWith('INPUT_VALIDATION_FAILED'));
    expect(given(HOOKED).when(delivery('d')).decision).toMatchObject({ kind: 'accepted' });
  });

  test('so is one that is delivered again', () => {
    given([...HOOKED, ...story(delivery('d'))])
      .when(redeliver('d', STRICT))
      .thenRefused('INPUT_VALIDATION_FAILED');
  });
});

test('a start must fit the latest version; of an earlier one its verdict says whether it does', () => {
  const { when } = given(HOOKED);
  when(start('a', STRICT)).thenRefused('INPUT_VALIDATION_FAILED');
  when(start('a', { ...STRICT, version: 2 })).thenRefused('INPUT_VALIDATION_FAILED');
  expect(when(start('a', { ...STRICT, version: 1 })).decision).toMatchObject({ kind: 'accepted' });
  expect(when(start('a')).decision).toMatchObject({ kind: 'accepted' });
});

test('a record that does not fit comes again until it is a dead letter', () => {
  const tenant = given(story(create(), publish(1, 'f1', { definition, triggers: [platformEvent] })));
  expect(tenant.take(record(0, {}, STRICT))[0]).toMatchObject({
    type: 'TriggerStartRefused',
    data: { problem: { status: 422, code: 'INPUT_VALIDATION_FAILED' } },
  });
  expect(tenant.take(record(0, {}, STRICT), T0 + 1)[0]?.type).toBe('TriggerStartRefused');
  expect(tenant.take(settle(0), T0 + 1)[0]?.type).toBe('TriggerRecordSettled');
  tenant.when(record(0, {}, STRICT), T0 + 2).thenAcknowledged({ reason: 'duplicate' });
});

test('what is declared is in a snapshot', () => {
  const state = emptyTenantState();
  for (const { command } of HOOKED) take(state, command, contextAt(T0));
  expect([...stateFromJson(stateToJson(state)).flows.values()][0]?.inputs).toEqual(declaredInputs(definition));
});
