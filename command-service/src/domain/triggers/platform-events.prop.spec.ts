import fc from 'fast-check';
import type { Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { given, T0 } from '../../../test/decider-specification.js';
import { published, record } from '../../../test/platform-event-story.js';

const STEP_MS = 7_000;

/** What one step of the story is: an instance sends its next record, retries a refused one, or is killed. */
type Step = { readonly instance: 0 | 1; readonly act: 'next' | 'retry' | 'die' };
const steps = fc.array(
  fc.record({
    instance: fc.constantFrom<0 | 1>(0, 1),
    act: fc.constantFrom<Step['act']>('next', 'next', 'retry', 'die'),
  }),
  { maxLength: 120 },
);

/** A listener instance: it sends in order from its position, and keeps what was refused for now. */
type Instance = { next: number; readonly refused: Set<number> };

it('two instances that send in order, in any interleaving, start every record exactly once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 4 }), steps, (records, perMinute, story) => {
      const tenant = given(published, { quotas: { flow_starts_per_minute: perMinute, max_concurrent_executions: -1 } });
      const requested: number[] = [];
      const settled = new Set<number>();
      const instances: [Instance, Instance] = [fresh(), fresh()];
      let now = T0;
      const send = (instance: Instance, offset: number): void => {
        now += STEP_MS;
        const [event] = tenant.take(record(offset), now);
        if (event?.type === 'ExecutionRequested') requested.push(offset);
        if (isForNow(event)) instance.refused.add(offset);
        else {
          instance.refused.delete(offset);
          settled.add(offset);
        }
      };
      /** Everything below it has its final decision: the next instance begins here. */
      const position = (): number => firstMissing(settled);
      const act = ({ instance: which, act: what }: Step): void => {
        const instance = instances[which];
        const [waiting] = instance.refused;
        if (what === 'die') instances[which] = { next: position(), refused: new Set() };
        else if (what === 'retry' && waiting !== undefined) send(instance, waiting);
        else if (instance.next < records) send(instance, instance.next++);
      };
      for (const step of story) act(step);
      const last: Instance = { next: position(), refused: new Set() };
      while (last.next < records) send(last, last.next++);
      while (last.refused.size > 0) for (const offset of [...last.refused]) send(last, offset);
      expect(requested.toSorted((a, b) => a - b)).toEqual(Array.from({ length: records }, (_, offset) => offset));
    }),
  );
});

const fresh = (): Instance => ({ next: 0, refused: new Set() });

const isForNow = (event: Event | undefined): boolean =>
  event?.type === 'TriggerStartRefused' && (event.data.problem.status === 429 || event.data.problem.status === 503);

function firstMissing(numbers: ReadonlySet<number>): number {
  let next = 0;
  while (numbers.has(next)) next++;
  return next;
}
