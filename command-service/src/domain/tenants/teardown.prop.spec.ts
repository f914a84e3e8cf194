import type { Command, Event } from '@flowplane/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextAt, T0, take } from '../../../test/decider-specification.js';
import { evolve } from '../decider.js';
import {
  cancel,
  create,
  publish,
  remove,
  reportClosed,
  reportStarted,
  retry,
  signal,
  start,
  update,
} from '../../../test/story.js';
import { emptyTenantState, isBlank, stateFromJson, stateToJson } from '../tenant-state.js';
import { drained, fence, fired, purged, purgeFailed } from '../../../test/teardown-story.js';

const uuid = fc.constantFrom('r1', 'r2', 'r3');
const fenceId = fc.constantFrom('fence-1', 'fence-2', 'fence-3');
const failures = fc.constantFrom<readonly string[]>([], [], ['a schedule']);

/** Commands, and reports on the fence that is in force when their turn comes. */
const anyCommand: fc.Arbitrary<Command | 'drained' | 'purged'> = fc.oneof(
  fc.constantFrom('f1', 'f2').map((id) => create(id)),
  fc.constant(publish(1)),
  fc.constant(update('f1', { name: 'n' })),
  fc.constant(remove('f1')),
  { weight: 4, arbitrary: uuid.map((id) => start(id)) },
  uuid.map((id) => cancel(id)),
  uuid.map((id) => retry(`${id}-again`, id)),
  uuid.map((id) => signal(id)),
  fc.constant(fired()),
  { weight: 2, arbitrary: uuid.map((id) => reportStarted(id)) },
  { weight: 6, arbitrary: uuid.map((id) => reportClosed(id, { status: 'Terminated' })) },
  { weight: 3, arbitrary: fenceId.map((id) => fence(id)) },
  fc.tuple(fenceId, failures).map(([id, some]) => drained(id, { failures: some })),
  fenceId.map((id) => purged(id)),
  fc.constant(purgeFailed('executions')),
  { weight: 3, arbitrary: fc.constant('drained' as const) },
  { weight: 2, arbitrary: fc.constant('purged' as const) },
);

const FACTS = new Set<Event['type']>([
  'TenantFenced',
  'TenantDrained',
  'TenantPurged',
  'PurgeFailed',
  'ExecutionStarted',
  'ExecutionClosed',
]);
const REFUSALS = new Set<Event['type']>(['CommandRejected', 'TriggerStartRefused']);
const OWN = /^(FenceTenant|Record)/;

function play(commands: readonly (Command | 'drained' | 'purged')[]): { readonly events: readonly Event[] } {
  const state = emptyTenantState();
  const events: Event[] = [];
  [create(), publish(1), ...commands].forEach((one, offset) => {
    const id = state.fence?.id ?? 'none';
    const asked = one === 'drained' ? drained(id) : one === 'purged' ? purged(id) : one;
    const command = { ...asked, meta: { ...asked.meta, commandId: `${asked.meta.commandId}/${offset}` } } as Command;
    const fencing = command.type === 'FenceTenant' ? asked : command;
    events.push(...take(state, fencing, contextAt(T0, {}, offset)).events);
  });
  return { events };
}

test('between TenantFenced and TenantPurged nothing is accepted but facts, at no offset', () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 60, size: 'max' }), (commands) => {
      const { events } = play(commands);
      let open = 0;
      let fenced = false;
      for (const event of events) {
        if (fenced && !FACTS.has(event.type)) {
          const isOwnRepeat = event.type === 'CommandAcknowledged' && OWN.test(event.meta.commandType);
          expect(isOwnRepeat || REFUSALS.has(event.type)).toBe(true);
        }
        if (event.type === 'ExecutionRequested') open++;
        if (event.type === 'ExecutionClosed') open--;
        if (event.type === 'TenantFenced') fenced = true;
        if (event.type === 'TenantPurged') {
          // No tenant is purged that was not fenced, or whose runs were not over.
          expect([fenced, open]).toEqual([true, 0]);
          fenced = false;
        }
      }
    }),
  );
});

test('a purge leaves nothing of the tenant, and a snapshot in between changes nothing', () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 60, size: 'max' }), fc.nat(60), (commands, cut) => {
      const { events } = play(commands);
      const before = events.slice(0, cut).reduce(evolve, emptyTenantState());
      const resumed = events.slice(cut).reduce(evolve, stateFromJson(stateToJson(before)));
      const straight = events.reduce(evolve, emptyTenantState());
      expect(stateToJson(resumed)).toEqual(stateToJson(straight));
      const last = events.map(({ type }) => type).lastIndexOf('TenantPurged');
      expect(isBlank(events.slice(0, last + 1).reduce(evolve, emptyTenantState()))).toBe(true);
    }),
  );
});
