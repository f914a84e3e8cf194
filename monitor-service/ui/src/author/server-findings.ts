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

/** What only the API has found in a text. */
export type KeptFindings = { readonly text: string; readonly findings: readonly Finding[] };

/** Findings of the API that the page has not made itself. */
export function onlyAsked({ text, findings }: Checked, asked: readonly Finding[]): KeptFindings {
  const own = new Set(findings.map(keyOf));
  return { text, findings: asked.filter((one) => !own.has(keyOf(one))) };
}

/**
 * What the API had found in an earlier text, at the places where it is in this one. What was deleted has no finding any
 * more. All that differs between the two texts counts as one change: called for each text, a mark stays as long as it was.
 */
export function movedTo({ text, findings }: Checked, kept: KeptFindings): KeptFindings {
  const own = new Set(findings.map(keyOf));
  const before = kept.text;
  const start = sameLength(before, text, (one, at) => one[at]);
  const rest = [before.slice(start), text.slice(start)] as const;
  const end = sameLength(rest[0], rest[1], (one, at) => one[one.length - 1 - at]);
  const moved = (offset: number, ifChanged: number): number => {
    if (offset <= start) return offset;
    return offset >= before.length - end ? offset + text.length - before.length : ifChanged;
  };
  const again = kept.findings.flatMap((one): Finding[] => {
    const [from, to] = [moved(one.from, start), moved(one.to, text.length - end)];
    if (own.has(keyOf(one)) || from >= to) return [];
    const lines = text.slice(0, from).split('\n');
    return [{ ...one, from, to, line: lines.length, column: (lines.at(-1) ?? '').length + 1 }];
  });
  return { text, findings: again };
}

/** How many characters two texts have in common, counted by `at`. */
function sameLength(one: string, other: string, at: (text: string, index: number) => string | undefined): number {
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same < most && at(one, same) === at(other, same)) same += 1;
  return same;
}

const keyOf = ({ code, nodeId, message }: Pick<Finding, 'code' | 'nodeId' | 'message'>): string =>
  JSON.stringify([code, nodeId, message]);
