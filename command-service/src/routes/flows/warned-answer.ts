import { problem, type Problem } from '@flowplane/contracts';
import type { Warning } from '@flowplane/contracts/flow';
import { handlesStrictly, type Answer, type Call } from '@flowplane/runtime/api';

/** 422 for warnings, where the client prefers a refusal to warnings; null where nothing is refused. */
export function strictVerdict(call: Call, warnings: readonly Warning[]): Problem | null {
  if (warnings.length === 0 || !handlesStrictly(call)) return null;
  return problem('FLOW_VALIDATION_FAILED', {
    errors: warnings,
    message: 'The flow has warnings, which handling=strict refuses.',
  });
}

/** An answer that did what it was asked, with the warnings, where there are any. */
export function withWarnings(answer: Answer, warnings: readonly Warning[]): Answer {
  const isResult = answer.status === 200 || answer.status === 201;
  return isResult && warnings.length > 0
    ? { ...answer, body: { ...(answer.body as Readonly<Record<string, unknown>>), warnings } }
    : answer;
}
