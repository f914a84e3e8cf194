import { commentEnd, literalEnd } from './expression/cel-text.js';

/** One piece of a templated string (flow-language 7.2). */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly text: string }
  /** An expression that cannot be read at all; `reason` follows `cannot parse: `. */
  | { readonly kind: 'fault'; readonly reason: string };

const OPENING = '${{';
const ESCAPED = '$${{';

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

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
    if (template.startsWith(ESCAPED, dollar)) {
      text += OPENING;
      at = dollar + ESCAPED.length;
    } else if (template.startsWith(OPENING, dollar)) {
      const { part, end } = scanExpression(template, dollar + OPENING.length);
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
  return template.includes(OPENING) && scanTemplate(template).some(({ kind }) => kind !== 'text');
}

function textPart(text: string): TemplatePart[] {
  return text === '' ? [] : [{ kind: 'text', text }];
}

function scanExpression(template: string, start: number): { readonly part: TemplatePart; readonly end: number } {
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
    if (Object.hasOwn(CLOSERS, character)) {
      open.push(CLOSERS[character] ?? '');
    } else if (character === ')' || character === ']' || character === '}') {
      if (open.pop() !== character) {
        mismatch ??= character;
      }
    }
    at = literalEnd(template, at) ?? commentStop(template, at) ?? at + 1;
  }
  const reason = mismatch === undefined ? `unterminated ${OPENING}` : `unmatched ${JSON.stringify(mismatch)}`;
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
