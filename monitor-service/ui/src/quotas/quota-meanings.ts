import type { AnswerOf } from '@flowplane/contracts/client';

type Dimension = AnswerOf<'listQuotas'>['items'][number]['dimension'];

/** What each limit is about, and what it stops. */
export const MEANINGS: Readonly<Record<Dimension, { readonly name: string; readonly beyond: string }>> = {
  max_flows: { name: 'Flows', beyond: 'A new flow is refused until one is deleted.' },
  max_flow_versions: {
    name: 'Published versions',
    beyond: 'Publishing is refused until a version is removed.',
  },
  max_concurrent_executions: {
    name: 'Runs at the same time',
    beyond: 'A start is refused until a run ends; platform events try again, webhooks are answered with 429.',
  },
  flow_starts_per_minute: { name: 'Starts in the last minute', beyond: 'A start is refused for some seconds.' },
  flow_signal_rate_per_minute: {
    name: 'Signals in the last minute',
    beyond: 'An approval is refused for some seconds; it can be sent again then.',
  },
};

/** How near a limit is. */
export function levelOf(usage: number, limit: number): 'reached' | 'near' | 'free' {
  if (usage >= limit) return 'reached';
  return usage >= limit * 0.8 ? 'near' : 'free';
}

/** Such as `30 %`. Nothing else than all of it is 100 %. */
export function shareOf(usage: number, limit: number): string {
  if (usage >= limit) return usage === limit ? '100 %, the limit is reached' : 'over the limit';
  return `${Math.min(99, Math.round((usage / limit) * 100))} %`;
}
