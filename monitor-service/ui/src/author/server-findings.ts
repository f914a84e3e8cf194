import type { AnswerOf } from '@flowplane/contracts/client';
import type { Checked, Finding } from './language/requests.js';
import { lineRange, offsetOf, withoutPointer } from './language/ranges.js';

/** Errors as refusals of the API have them (flows-api 1.4). */
export type ServerErrors = readonly {
  readonly code: string;
  readonly message: string;
  readonly nodeId?: string | null;
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
}[];
export type ServerWarnings = NonNullable<AnswerOf<'validateDocument'>['warnings']>;

/** Errors of the API at their places, and the warnings that the page has found: the API has none beside errors. */
export function askedFindings({ text, findings }: Checked, errors: ServerErrors): readonly Finding[] {
  const own = new Map(findings.map((one) => [keyOf(one), one]));
  const found = errors.map((error): Finding => {
    const message = withoutPointer(error.message);
    const nodeId = error.nodeId ?? null;
    // The page finds the member that is meant, where the API has the object around it.
    const known = own.get(keyOf({ code: error.code, nodeId, message }));
    if (known !== undefined) return known;
    const { line = 1, column = 1, code, hint } = error;
    const range = lineRange(text, offsetOf(text, line, column));
    return { severity: 'error', code, nodeId, message, hint, line, column, ...range };
  });
  return [...found, ...findings.filter(({ severity }) => severity === 'warning')];
}

const keyOf = ({ code, nodeId, message }: Pick<Finding, 'code' | 'nodeId' | 'message'>): string =>
  JSON.stringify([code, nodeId, message]);
