import { problem, type Problem } from '@flowplane/contracts';
import type { Warning, WarningCode } from '@flowplane/contracts/flow';
import { handlesStrictly, type Answer, type Call } from '@flowplane/runtime/api';

/** What can never work; the others are about the installation, or about what is legal and perhaps meant. */
const REFUSED: ReadonlySet<WarningCode> = new Set(['FLW-W001', 'FLW-W002']);

/** 422 for warnings, where the client prefers a refusal to warnings; null where nothing is refused. */
export function strictVerdict(call: Call, warnings: readonly Warning[]): Problem | null {
  const errors = warnings.filter(({ code }) => REFUSED.has(code));
  if (errors.length === 0 || !handlesStrictly(call)) return null;
  return problem('FLOW_VALIDATION_FAILED', {
    errors,
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
