import { isJsonObject, type JsonObject } from '@flowplane/contracts/flow/json';
import { pointerTo } from '@flowplane/contracts/flow/pointer';
import type { TextPosition } from '@flowplane/contracts/flow/yaml';

/** A part of a text, by offsets. */
export type TextRange = { readonly from: number; readonly to: number };

/** Where a node stands. */
export type NodeRange = TextRange & { readonly id: string };

type Locate = (pointer: string) => TextPosition;

/** Offset of a place whose line and column count from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf('\n', start);
    if (end < 0) break;
    start = end + 1;
  }
  return Math.min(start + column - 1, text.length);
}

/** From an offset to the end of the text of its line; where nothing does, the character before it. */
export function lineRange(text: string, offset: number): TextRange {
  const isEmpty = offset >= text.length || text[offset] === '\n';
  const from = isEmpty ? Math.max(0, offset - 1) : offset;
  const end = text.indexOf('\n', from);
  const line = text.slice(from, end < 0 ? text.length : end);
  const written = line.replace(/\s+#.*$/, '').trimEnd();
  return { from, to: Math.min(from + Math.max(written.length, 1), text.length) };
}

/** The parts of a text that nodes stand in, each up to what comes behind it. */
export function nodeRanges(text: string, document: JsonObject, locate: Locate): readonly NodeRange[] {
  const nodes = Array.isArray(document['nodes']) ? document['nodes'] : [];
  const starts = startsOf(text);
  const offset = (pointer: string): number => {
    const { line, column } = locate(pointer);
    return Math.min((starts[line - 1] ?? text.length) + column - 1, text.length);
  };
  const begins = nodes.map((_, index) => offset(`/nodes/${index}`));
  const others = Object.keys(document).map((name) => offset(pointerTo('', name)));
  const ends = [...begins, ...others, text.length].toSorted((a, b) => a - b);
  return nodes.flatMap((node, index) => {
    const id = isJsonObject(node) ? node['id'] : undefined;
    const from = begins[index] ?? 0;
    const to = ends[firstAbove(ends, from)] ?? text.length;
    return typeof id === 'string' ? [{ id, from, to: from + writtenLength(text.slice(from, to)) }] : [];
  });
}

/** The node whose lines have an offset. */
export function nodeAt(nodes: readonly NodeRange[], offset: number): NodeRange | undefined {
  return nodes.find(({ from, to }) => from <= offset && offset <= to);
}

function startsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Without the empty lines, comments and marks of the next item at the end. */
function writtenLength(text: string): number {
  const lines = text.split('\n');
  while (lines.length > 1 && /^\s*(?:#.*|-\s*)?$/.test(lines.at(-1) ?? '')) lines.pop();
  return lines.join('\n').replace(/[\s,\]]+$/, '').length;
}

/** A message without the pointer that it begins with: its place is marked. */
export const withoutPointer = (message: string): string => message.replace(/^(?:\(root\)|\/\S*?):? (?=\S)/, '');
