import type { FinalNode, StoredValue } from '@flowplane/contracts';
import type { NodeOutcome } from './reconcile.js';

/** Values of one node as JSON texts. */
export type NodeTexts = { readonly input: string | null; readonly output: string | null };

/**
 * Input and output of a node: a task's from its activity (the evaluated `params` of the envelope, and its result),
 * another node's output from the run's final state, if it has one.
 *
 * @param envelopeText input of the activity (tasks 2.1), null when there is none
 * @param state final state of a completed run, else undefined
 */
export function nodeTexts(
  outcome: NodeOutcome,
  envelopeText: string | null,
  resultText: string | null,
  state: Readonly<Record<string, unknown>> | undefined,
): NodeTexts {
  if (outcome.task !== null) {
    return { input: paramsOf(envelopeText), output: outcome.status === 'completed' ? resultText : null };
  }
  const written = outcome.status === 'completed' ? state?.[outcome.nodeId] : undefined;
  return { input: null, output: written === undefined ? null : JSON.stringify(written) };
}

function paramsOf(envelopeText: string | null): string | null {
  if (envelopeText === null) return null;
  const envelope: unknown = JSON.parse(envelopeText);
  if (typeof envelope !== 'object' || envelope === null || !('params' in envelope)) return null;
  return JSON.stringify(envelope.params);
}

export function finalNode(outcome: NodeOutcome, input: StoredValue | null, output: StoredValue | null): FinalNode {
  const { nodeId, iteration, status, reused, error, attempts, task } = outcome;
  const scheduledEventId = task?.scheduledEventId ?? null;
  return { nodeId, iteration, status, reused, input, output, error, attempts, scheduledEventId };
}
