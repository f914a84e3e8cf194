import { evaluateDedupeKey, evaluateFilter, type JsonObject, type RunLimits } from '@flowplane/contracts/flow';

/** What a trigger's expressions are asked about (flow-language 3.5). */
export type TriggerQuestion = {
  readonly filter: string | null;
  readonly dedupeKey: string | null;
  /** The input the run would get, as JSON text of an object. */
  readonly input: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
};

export type TriggerVerdict =
  | { readonly kind: 'starts'; readonly dedupeKey: string | null }
  | { readonly kind: 'filtered' }
  /** `reason`: a sentence without a full stop, naming the expression. */
  | { readonly kind: 'failed'; readonly reason: string };

/** The filter first: where it leaves an event out, nobody asks for its key. Pure. */
export function evaluateTrigger(question: TriggerQuestion, limits: RunLimits): TriggerVerdict {
  const { filter, dedupeKey } = question;
  const event = JSON.parse(question.input) as JsonObject;
  const headers = { ...question.headers };
  if (filter !== null) {
    const passes = evaluateFilter(filter, event, headers, limits);
    if (!passes.ok) return { kind: 'failed', reason: `filter: ${passes.reason}` };
    if (!passes.value) return { kind: 'filtered' };
  }
  if (dedupeKey === null) return { kind: 'starts', dedupeKey: null };
  const key = evaluateDedupeKey(dedupeKey, event, headers, limits);
  return key.ok ? { kind: 'starts', dedupeKey: key.value } : { kind: 'failed', reason: `dedupeKey: ${key.reason}` };
}
