import { commentEnd, isRawLiteral, literalEnd } from './cel-text.js';
import type { Expr } from './syntax.js';
import { childrenOf } from './syntax.js';

/** An expression as the library's parser can be given it, or what is wrong with one of its literals. */
export type Prepared =
  | { readonly ok: true; readonly text: string; readonly restore: (syntax: Expr) => void }
  | { readonly ok: false; readonly detail: string };

/**
 * One pass over the tokens for two things that the parser gets wrong:
 * - it takes an escape that does not exist for the characters themselves;
 * - it ends a word after `true` and `false`, so no identifier can begin with them. Such identifiers are given other
 *   names of the same length, which `restore` takes back in the syntax tree.
 */
export function prepare(text: string): Prepared {
  const { words, fault } = scan(text);
  if (fault !== undefined) {
    return { ok: false, detail: `${fault.what} at ${placeOf(text, fault.at)}` };
  }
  const affected = words.filter(({ word, selected }) => !selected && /^(?:true|false)./.test(word));
  if (affected.length === 0) {
    return { ok: true, text, restore: () => undefined };
  }
  const taken = new Set(words.map(({ word }) => word));
  const originals = new Map<string, string>();
  const aliases = new Map<string, string>();
  for (const { word } of affected) {
    const alias = aliases.get(word) ?? aliasOf(word, taken);
    aliases.set(word, alias);
    originals.set(alias, word);
  }
  return { ok: true, text: replaced(text, affected, aliases), restore: (syntax) => rename(syntax, originals) };
}

type Word = {
  readonly word: string;
  readonly at: number;
  /** It stands behind a dot, where the parser reads whole words. */
  readonly selected: boolean;
};
type Fault = { readonly what: string; readonly at: number };

function scan(text: string): { readonly words: readonly Word[]; readonly fault: Fault | undefined } {
  const words: Word[] = [];
  let selected = false;
  for (let at = 0; at < text.length;) {
    const literal = literalEnd(text, at);
    const word = /[A-Za-z0-9_]+/y;
    word.lastIndex = at;
    const found = word.exec(text)?.[0];
    if (literal !== undefined) {
      const fault = isRawLiteral(text, at) ? undefined : escapeFault(text, at + 1, literal);
      if (fault !== undefined) {
        return { words, fault };
      }
    } else if (found !== undefined) {
      words.push({ word: found, at, selected });
    }
    const comment = commentEnd(text, at);
    if (comment === undefined && !/\s/.test(text[at] ?? '')) {
      selected = text[at] === '.';
    }
    at = literal ?? comment ?? at + (found?.length ?? 1);
  }
  return { words, fault: undefined };
}

/** Escapes of cel-spec: a character, two hexadecimal digits, a code point in hexadecimal, three octal digits. */
const ESCAPE = /\\(?:[abfnrtv\\?"'`]|[xX][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-3][0-7]{2})/y;

/** The first escape between two places that does not exist, or stands for no character. */
function escapeFault(text: string, from: number, end: number): Fault | undefined {
  for (let at = text.indexOf('\\', from); at >= 0 && at < end; at = text.indexOf('\\', at)) {
    ESCAPE.lastIndex = at;
    const escape = ESCAPE.exec(text)?.[0];
    if (escape === undefined) {
      return { what: `unknown escape '\\${String.fromCodePoint(text.codePointAt(at + 1) ?? 0x20)}'`, at };
    }
    const point = /^\\[uU]/.test(escape) ? Number.parseInt(escape.slice(2), 16) : 0;
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
      return { what: `escape '${escape}' is no character`, at };
    }
    at += escape.length;
  }
  return undefined;
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** A word that differs in its first two letters and that the text does not have; itself, where there is none left. */
function aliasOf(word: string, taken: ReadonlySet<string>): string {
  for (const first of LETTERS) {
    for (const second of LETTERS) {
      const alias = first + second + word.slice(2);
      if (!taken.has(alias) && !/^(?:true|false)/.test(alias)) {
        return alias;
      }
    }
  }
  return word;
}

function replaced(text: string, words: readonly Word[], aliases: ReadonlyMap<string, string>): string {
  let result = '';
  let at = 0;
  for (const { word, at: start } of words) {
    result += text.slice(at, start) + (aliases.get(word) ?? word);
    at = start + word.length;
  }
  return result + text.slice(at);
}

/** Gives identifiers their own names back, in place. */
function rename(expr: Expr, originals: ReadonlyMap<string, string>): void {
  const original = (name: string): string => originals.get(name) ?? name;
  const { exprKind } = expr;
  switch (exprKind.case) {
    case 'identExpr':
      exprKind.value.name = original(exprKind.value.name);
      break;
    case 'callExpr':
      exprKind.value.function = original(exprKind.value.function);
      break;
    case 'comprehensionExpr':
      exprKind.value.iterVar = original(exprKind.value.iterVar);
      break;
    case 'structExpr':
      exprKind.value.messageName = exprKind.value.messageName.split('.').map(original).join('.');
      for (const { keyKind } of exprKind.value.entries) {
        if (keyKind.case === 'fieldKey') {
          keyKind.value = original(keyKind.value);
        }
      }
      break;
    default:
  }
  for (const child of childrenOf(expr)) {
    rename(child, originals);
  }
}
