import { commentEnd, literalEnd } from './expression/cel-text.js';

/** One piece of a templated string (flow-language 7.2). */
export type TemplatePart =
  | { kind: 'text'; text: string }
  | { kind: 'expression'; text: string }
  /** An expression that cannot be read at all; `reason` follows `cannot parse: `. */
  | { kind: 'fault'; reason: string };

const opening = '${{';
const escaped = '$${{';

const closers: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/**
 * Splits a templated string. An expression ends at the first `}}` outside CEL literals and outside nested brackets;
 * its text comes without the blanks around it. `$${{` is the text `${{`. Neighbouring texts are one part, and an
 * empty string has no parts. Never throws.
 */
export function scanTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = '';
  let at = 0;
  while (at < template.length) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) {
      break;
    }
    text += template.slice(at, dollar);
    if (template.startsWith(escaped, dollar)) {
      text += opening;
      at = dollar + escaped.length;
    } else if (template.startsWith(opening, dollar)) {
      const { part, end } = scanExpression(template, dollar + opening.length);
      parts.push(...textPart(text), part);
      text = '';
      at = end;
    } else {
      text += '$';
      at = dollar + 1;
    }
  }
  return [...parts, ...textPart(text + template.slice(at))];
}

/** True when the string holds at least one expression, readable or not. */
export function hasExpression(template: string): boolean {
  return template.includes(opening) && scanTemplate(template).some(({ kind }) => kind !== 'text');
}

function textPart(text: string): TemplatePart[] {
  return text === '' ? [] : [{ kind: 'text', text }];
}

function scanExpression(template: string, start: number): { part: TemplatePart; end: number } {
  const open: string[] = [];
  let mismatch: string | undefined;
  for (let at = start; at < template.length;) {
    // After a mismatch brackets no longer tell anything: the expression is taken to end at the next `}}`.
    if ((open.length === 0 || mismatch !== undefined) && template.startsWith('}}', at)) {
      const part: TemplatePart =
        mismatch === undefined
          ? { kind: 'expression', text: template.slice(start, at).trim() }
          : { kind: 'fault', reason: `unmatched ${JSON.stringify(mismatch)}` };
      return { part, end: at + 2 };
    }
    const character = template[at] ?? '';
    if (Object.hasOwn(closers, character)) {
      open.push(closers[character] ?? '');
    } else if (character === ')' || character === ']' || character === '}') {
      if (open.pop() !== character) {
        mismatch ??= character;
      }
    }
    at = literalEnd(template, at) ?? commentStop(template, at) ?? at + 1;
  }
  const reason = mismatch === undefined ? `unterminated ${opening}` : `unmatched ${JSON.stringify(mismatch)}`;
  return { part: { kind: 'fault', reason }, end: template.length };
}

/** A comment hides quotes and brackets, but not the end of the expression. */
function commentStop(template: string, at: number): number | undefined {
  const end = commentEnd(template, at);
  if (end === undefined) {
    return undefined;
  }
  const closing = template.slice(at, end).indexOf('}}');
  return closing < 0 ? end : at + closing;
}
