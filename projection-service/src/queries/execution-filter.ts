import { parseTimestampMs, RUN_STATUSES, type RunStatus } from '@flowplane/contracts';

/** Comparisons a list of runs can be narrowed by (flows-api 6.5). */
export type FilterField = 'flowVersion' | 'triggerType' | 'ExecutionStatus' | 'StartTime' | 'CloseTime';
export type FilterOperator = '=' | '!=' | '>=' | '<=' | '>' | '<';
export type Comparison = {
  readonly field: FilterField;
  readonly operator: FilterOperator;
  /** Text; for the time fields an RFC 3339 timestamp. */
  readonly value: string;
};
export type ParsedFilter =
  { readonly ok: true; readonly comparisons: readonly Comparison[] } | { readonly ok: false; readonly reason: string };

const EQUALITY: readonly string[] = ['=', '!='];
const ORDER: readonly string[] = ['=', '!=', '>=', '<=', '>', '<'];
const FIELDS: Readonly<Record<FilterField, readonly string[]>> = {
  flowVersion: EQUALITY,
  triggerType: EQUALITY,
  ExecutionStatus: EQUALITY,
  StartTime: ORDER,
  CloseTime: ORDER,
};
/** Clauses on these are taken out: the server's own scope replaces them. */
const SCOPE_FIELDS = ['tenantId', 'workspaceId'];

/** The status a filter names; the British spelling is accepted. Undefined: no status. */
export function statusNamed(text: string): RunStatus | undefined {
  const status = text === 'Cancelled' ? 'Canceled' : text;
  return RUN_STATUSES.find((one) => one === status);
}

type Token = { readonly kind: 'word' | 'text' | 'sign'; readonly text: string };

const TOKEN = /\s*(?:([A-Za-z]\w*)|'((?:[^']|'')*)'|(>=|<=|!=|=|>|<|\(|\)|,))/y;

function tokensOf(query: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const text = query.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    if (match[1] !== undefined) tokens.push({ kind: 'word', text: match[1] });
    else if (match[2] !== undefined) tokens.push({ kind: 'text', text: match[2].replaceAll("''", "'") });
    else tokens.push({ kind: 'sign', text: match[3] as string });
  }
  return tokens;
}

const refused = (reason: string): ParsedFilter => ({ ok: false, reason });

/** What one clause comes to; `next` is the token behind it. */
type Clause = { readonly comparison: Comparison | undefined; readonly next: number } | { readonly reason: string };

/**
 * Parses `query`: comparisons joined by AND, nothing else. A blank one has none.
 *
 * @returns the comparisons without those on tenant and workspace, or why the text is none.
 */
export function parseExecutionFilter(query: string): ParsedFilter {
  const tokens = tokensOf(query);
  if (tokens === undefined) return refused('it holds something that is no name, no quoted value and no operator');
  if (tokens.length === 0) return { ok: true, comparisons: [] };
  const comparisons: Comparison[] = [];
  for (let at = 0; ; at++) {
    const clause = clauseAt(tokens, at);
    if ('reason' in clause) return refused(clause.reason);
    if (clause.comparison !== undefined) comparisons.push(clause.comparison);
    at = clause.next;
    const joint = tokens[at];
    if (joint === undefined) return { ok: true, comparisons };
    if (joint.kind !== 'word' || joint.text.toUpperCase() !== 'AND') return refused('comparisons are joined by AND');
  }
}

function clauseAt(tokens: readonly Token[], at: number): Clause {
  const [name, operator, value] = [tokens[at], tokens[at + 1], tokens[at + 2]];
  if (name?.kind !== 'word') return { reason: 'a comparison begins with the name of a field' };
  const inScope = SCOPE_FIELDS.includes(name.text);
  if (inScope && operator?.kind === 'word' && operator.text.toUpperCase() === 'IN') return listAt(tokens, at + 2);
  if (operator?.kind !== 'sign' || value?.kind !== 'text') {
    return { reason: `${name.text} is not compared with a value in single quotes` };
  }
  const operators = inScope ? EQUALITY : (FIELDS as Record<string, readonly string[] | undefined>)[name.text];
  if (operators === undefined) return { reason: `${name.text} cannot be filtered by` };
  if (!operators.includes(operator.text)) return { reason: `${name.text} cannot be compared with ${operator.text}` };
  if (inScope) return { comparison: undefined, next: at + 3 };
  const comparison = { field: name.text as FilterField, operator: operator.text as FilterOperator, value: value.text };
  return withMeaning(comparison, at + 3);
}

/** Values must be ones the field can have. */
function withMeaning(comparison: Comparison, next: number): Clause {
  const { field, value } = comparison;
  if (field === 'ExecutionStatus') {
    const status = statusNamed(value);
    if (status === undefined) return { reason: `${JSON.stringify(value)} is no status` };
    return { comparison: { ...comparison, value: status }, next };
  }
  if ((field === 'StartTime' || field === 'CloseTime') && parseTimestampMs(value) === undefined) {
    return { reason: `${JSON.stringify(value)} is no timestamp` };
  }
  return { comparison, next };
}

/** `('a', 'b')` behind IN. */
function listAt(tokens: readonly Token[], open: number): Clause {
  const reason = 'IN is followed by quoted values in brackets';
  if (tokens[open]?.text !== '(' || tokens[open]?.kind !== 'sign') return { reason };
  for (let at = open + 1; ; at += 2) {
    const separator = tokens[at + 1];
    if (tokens[at]?.kind !== 'text' || separator?.kind !== 'sign') return { reason };
    if (separator.text === ')') return { comparison: undefined, next: at + 2 };
    if (separator.text !== ',') return { reason };
  }
}
