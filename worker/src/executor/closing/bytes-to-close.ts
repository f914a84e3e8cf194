import type { ContentStore } from '@flowplane/runtime/content-store';
import type { Payload } from '@temporalio/common';
import { referenceOf } from '../../shared/codec/index.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { RunChain } from './run-chain.js';

type Stored = RunChain['last']['input'];

/** A value is in memory as bytes, as text (two bytes a character) and parsed. */
const COPIES = 4;

/**
 * Most memory that closing a run takes at once, in bytes: its result, where it stood, what it was started with, and the
 * values of the largest node.
 */
export async function bytesToClose(
  store: Pick<ContentStore, 'sizes'>,
  chain: RunChain,
  signal: AbortSignal,
): Promise<number> {
  const ofRun: readonly Stored[] = [chain.last.end.result, chain.last.standing, chain.runs[0]?.input ?? null];
  const tasks = chain.runs.flatMap((run) => run.tasks);
  const results = chain.runs.flatMap((run) => run.subFlows.map(({ result }) => result));
  const all = [...ofRun, ...results, ...tasks.flatMap(({ input, output }) => [input, output])];
  const hashes = all.flatMap((value) => (value === null ? [] : (referenceOf(value as Payload) ?? [])));
  const sizes = await retryWhileUnavailable(() => store.sizes(hashes), signal);
  const sizeOf = (value: Stored): number => {
    if (value === null) return 0;
    const hash = referenceOf(value as Payload);
    return hash === undefined ? (value.data?.length ?? 0) : (sizes.get(hash) ?? 0);
  };
  const sum = ofRun.reduce((bytes, value) => bytes + sizeOf(value), 0);
  const ofTasks = tasks.map(({ input, output }) => sizeOf(input) + sizeOf(output));
  const largest = [...ofTasks, ...results.map(sizeOf)].reduce((most, bytes) => Math.max(most, bytes), 0);
  return COPIES * (sum + largest);
}
