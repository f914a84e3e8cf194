import type { EndingStanding } from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { SeenEnding, SeenRun } from './seen-frames.js';

/** What a run said of its end, where it said all that a report of it needs. */
export type SaidEnd = SeenEnding & {
  readonly startedAt: number;
  readonly version: number;
  readonly correlationId: string;
};

export function saidEnd({ ending }: SeenRun): SaidEnd | undefined {
  if (ending === undefined || ending.status === null) return undefined;
  const { startedAt, version, correlationId } = ending;
  if (startedAt === null || version === null || correlationId === null) return undefined;
  return { ...ending, startedAt, version, correlationId };
}

/** Where a run stood when it said how it ends; null: it did not say. */
export async function standingOf(
  store: Pick<ContentStore, 'get'>,
  { ending }: SeenRun,
  signal: AbortSignal,
): Promise<EndingStanding | null> {
  const { json, ref } = ending?.standing ?? { json: null, ref: null };
  const text = json ?? (ref && (await retryWhileUnavailable(() => store.get(ref), signal)).toString('utf8'));
  return text === null ? null : (JSON.parse(text) as EndingStanding);
}
