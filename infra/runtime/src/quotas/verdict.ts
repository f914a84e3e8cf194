const DENYING: ReadonlySet<unknown> = new Set([
  'hard_blocked',
  'hard_limit_exceeded',
  'soft_grace_exhausted',
  'metering_unavailable',
]);

/**
 * What an evaluator's answer `{decision|allowed, effectiveLimit?, currentUsage?}` says (flows-api 12.3). Either member
 * may deny; a decision that is not among the denying words lets through.
 *
 * @throws Error for an answer that says neither
 */
export function readVerdict(answer: unknown): 'allowed' | 'denied' {
  if (typeof answer !== 'object' || answer === null) throw new Error('the quota evaluator answers no JSON object');
  const { decision, allowed } = answer as { readonly decision?: unknown; readonly allowed?: unknown };
  const isDecision = typeof decision === 'string' && decision !== '';
  if (decision !== undefined && decision !== null && !isDecision) {
    throw new Error('the quota evaluator’s decision is no text');
  }
  if (allowed !== undefined && allowed !== null && typeof allowed !== 'boolean') {
    throw new Error('the quota evaluator’s allowed is no boolean');
  }
  if (!isDecision && typeof allowed !== 'boolean') throw new Error('the quota evaluator’s answer has no decision');
  return allowed === false || DENYING.has(decision) ? 'denied' : 'allowed';
}
