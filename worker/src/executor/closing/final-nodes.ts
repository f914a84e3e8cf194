import type { FinalNode, StoredValue } from '@flowplane/contracts';
import type { NodeOutcome } from './reconcile.js';

/** Values of one node as JSON texts. */
export type NodeTexts = { readonly input: string | null; readonly output: string | null };

/**
 * Input and output of a node: a task's from its activity (the evaluated `params` of the envelope, and its result),
 * another node's output from what the run wrote for it, if anything.
 *
 * @param envelopeText input of the activity (tasks 2.1), null when there is none
 * @param written what the state has for a node that is no task
 */
export function nodeTexts(
  outcome: NodeOutcome,
  envelopeText: string | null,
  resultText: string | null,
  written: unknown,
): NodeTexts {
  if (outcome.task !== null) {
    return { input: paramsOf(envelopeText), output: outcome.status === 'completed' ? resultText : null };
  }
  const hasOutput = outcome.status === 'completed' && written !== undefined;
  return { input: null, output: hasOutput ? JSON.stringify(written) : null };
}

function paramsOf(envelopeText: string | null): string | null {
  if (envelopeText === null) return null;
  const envelope: unknown = JSON.parse(envelopeText);
  if (typeof envelope !== 'object' || envelope === null || !('params' in envelope)) return null;
  return JSON.stringify(envelope.params);
}

export function finalNode(outcome: NodeOutcome, input: StoredValue | null, output: StoredValue | null): FinalNode {
  const { nodeId, iteration, status, reused, error, attempts, task, arm } = outcome;
  const scheduledEventId = task?.scheduledEventId ?? null;
  const node = { nodeId, iteration, status, reused, input, output, error, attempts, scheduledEventId };
  return arm === undefined ? node : { ...node, arm };
}
