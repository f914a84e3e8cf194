import type { Counter, Metrics } from '@flowplane/plumbing/telemetry';

/** `flows_trigger_events_total` of flows-api 15: what became of everything that fired. */
export type TriggerEvents = Counter<'kind' | 'outcome'>;

export const makeTriggerEvents = (metrics: Metrics): TriggerEvents =>
  metrics.counter({
    name: 'flows_trigger_events_total',
    help: 'Events that came to triggers, by kind of trigger and outcome.',
    labels: ['kind', 'outcome'],
  });
