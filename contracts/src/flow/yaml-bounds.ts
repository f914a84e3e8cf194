import { CST, Lexer } from 'yaml';

/** Deepest legal nesting of a YAML text. The library recurses and takes kilobytes a level. */
export const MAX_DEPTH = 500;

/** Most tokens of a YAML text: the library builds several objects for each of them. */
const MAX_TOKENS = 1_000_000;

/** Where and how a YAML text exceeds the bounds. */
export type BoundFault = {
  readonly offset: number;
  readonly message: string;
};

/**
 * Checks a YAML text's depth and number of tokens on the lexer's output alone, before anything is built: a short text
 * of nothing but brackets must not exhaust the memory. Undefined when it is within the bounds.
 */
export function boundFault(text: string): BoundFault | undefined {
  let offset = 0;
  let tokens = 0;
  let depth = START_OF_LINE;
  let scalarNext = false;
  for (const token of new Lexer().lex(text)) {
    const type: string | null = scalarNext ? 'content' : CST.tokenType(token);
    scalarNext = type === 'scalar';
    depth = depthAfter(depth, type, token);
    tokens += 1;
    if (depth.flow + depth.line + depth.indent > MAX_DEPTH) {
      return { offset, message: `nested deeper than ${MAX_DEPTH} levels` };
    }
    if (tokens > MAX_TOKENS) {
      return { offset, message: `more than ${MAX_TOKENS} tokens` };
    }
    // Markers of the lexer (document, scalar, end of a flow) stand for no text.
    offset += type === 'doc-mode' || type === 'scalar' || type === 'flow-error-end' ? 0 : token.length;
  }
  return undefined;
}

/** Depth by flow brackets, by block indicators on the present line (`- - - x`), and by its indentation. */
type Depth = {
  readonly flow: number;
  readonly line: number;
  readonly indent: number;
};

const START_OF_LINE: Depth = { flow: 0, line: 0, indent: 0 };

function depthAfter(depth: Depth, type: string | null, token: string): Depth {
  switch (type) {
    case 'flow-seq-start':
    case 'flow-map-start':
      return { ...depth, flow: depth.flow + 1 };
    case 'flow-seq-end':
    case 'flow-map-end':
      return { ...depth, flow: Math.max(0, depth.flow - 1) };
    case 'flow-error-end':
      return { ...depth, flow: 0 };
    case 'seq-item-ind':
    case 'explicit-key-ind':
    case 'map-value-ind':
      return depth.flow === 0 ? { ...depth, line: depth.line + 1 } : depth;
    case 'newline':
      return { ...START_OF_LINE, flow: depth.flow };
    case 'space':
      return depth.flow === 0 && depth.line === 0 ? { ...depth, indent: token.length } : depth;
    default:
      return depth;
  }
}

/** Whether a text has an alias, so that its document may be much larger than it is. Takes time by its length only. */
export function hasAliases(text: string): boolean {
  if (!text.includes('*')) {
    return false;
  }
  for (const token of new Lexer().lex(text)) {
    if (CST.tokenType(token) === 'alias') {
      return true;
    }
  }
  return false;
}
