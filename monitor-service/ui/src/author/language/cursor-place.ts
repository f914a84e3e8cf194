import { isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document } from 'yaml';

/** Members and items that lead to a value. */
export type Path = readonly (string | number)[];

/** What stands at the cursor. */
export type CursorPlace = {
  /** The name of a member, a value, or a part of an expression within a value. */
  readonly kind: 'key' | 'value' | 'expression';
  /** Of the value; of a name: of the object that it is a member of. */
  readonly path: Path;
  /** The word at the cursor: where it begins and ends in the text. */
  readonly from: number;
  readonly to: number;
  /** All of it, behind the cursor too; of an expression what stands before the cursor. */
  readonly word: string;
  /** Whether a colon follows the name. */
  readonly hasColon: boolean;
  /** Whether the line has nothing but the word: a list's item may be a value and the first name of an object. */
  readonly isAlone: boolean;
  /** The document as far as it can be read, with `MARK` in the place of the word at the cursor. */
  readonly document: unknown;
};

/** Stands for the word at the cursor while the text is parsed, and in the document; no flow has it. */
export const MARK = 'flowplaneꙮcursor';
const LINE_START = /^\s*(?:-\s+)*$/;
const MAX_ALIASES = 100;

/** Finds out where in a definition an offset is; undefined where the text is too broken, and in comments. */
export function placeAt(text: string, offset: number): CursorPlace | undefined {
  const from = offset - (/[\w.-]*$/.exec(text.slice(0, offset))?.[0].length ?? 0);
  const to = offset + (/^[\w.-]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const before = text.slice(text.lastIndexOf('\n', from - 1) + 1, from);
  const after = /^[^\n]*/.exec(text.slice(to))?.[0] ?? '';
  const hasColon = /^\s*:(\s|$)/.test(after);
  const isAlone = LINE_START.test(before) && after.trim() === '';
  // A name alone in its line is taken for text that goes on, were it not for the colon.
  const inserted = isAlone ? `${MARK}:` : MARK;
  const parsed = parseDocument(text.slice(0, from) + inserted + text.slice(to), {
    ...{ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' },
    ...{ resolveKnownTags: false, merge: false },
  });
  const found = markIn(parsed);
  if (found === undefined) return undefined;
  const word = text.slice(from, to);
  const shared = { path: found.path, from, to, hasColon, isAlone, document: jsonOf(parsed) };
  const open = found.isKey ? -1 : found.text.lastIndexOf('${{', found.text.indexOf(MARK));
  const expression = open < 0 ? undefined : found.text.slice(open + 3, found.text.indexOf(MARK));
  if (expression !== undefined && !expression.includes('}}'))
    return { ...shared, kind: 'expression', word: expression + text.slice(from, offset) };
  return { ...shared, kind: found.isKey ? 'key' : 'value', word };
}

type Found = { readonly isKey: boolean; readonly path: Path; readonly text: string };

function markIn(document: Document): Found | undefined {
  let found: Found | undefined;
  visit(document, {
    Scalar: (key, node, ancestors) => {
      if (typeof node.value !== 'string' || !node.value.includes(MARK)) return undefined;
      const path = pathOf([...ancestors, node]);
      const isKey = key === 'key' && node.value === MARK;
      found = { isKey, path: isKey ? path.slice(0, -1) : path, text: node.value };
      return visit.BREAK;
    },
  });
  return found;
}

function pathOf(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, index): Path => {
    if (isPair(node)) return [isScalar(node.key) ? String(node.key.value) : ''];
    const child = nodes[index + 1];
    return isSeq(node) && !isMap(node) && child !== undefined ? [node.items.indexOf(child)] : [];
  });
}

function jsonOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    return undefined; // aliases that stand for nothing, or for too much
  }
}
