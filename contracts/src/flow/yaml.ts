import type { Document, Pair, ParsedNode } from 'yaml';
import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { exceedsExactIntegers } from '../json/exact-integers.js';
import type { Json, JsonObject } from './json.js';
import { isJsonObject } from './json.js';
import { pointerTokens } from './pointer.js';
import { boundFault, MAX_DEPTH } from './yaml-bounds.js';

/** A place in a text; line and column count from 1. */
export type TextPosition = {
  readonly line: number;
  readonly column: number;
};

/** A text that breaks the rules of flow-language 1.1; answered as 422 `INVALID_YAML`. */
export type YamlError = TextPosition & {
  readonly code: 'INVALID_YAML';
  readonly message: string;
};

export type YamlResult =
  | {
      readonly ok: true;
      /**
       * The document as JSON. Not yet validated. Its aliases are parts that are used in several places, and nested ones
       * multiply: measure it (`compactBytes`) before it is walked or written.
       */
      readonly definition: JsonObject;
      /** Position of the value at a pointer (of its key in a mapping); the nearest ancestor's when there is none. */
      readonly locate: (pointer: string) => TextPosition;
    }
  | { readonly ok: false; readonly error: YamlError };

const MAX_ALIASES = 100;

type FlowDocument = Document.Parsed<ParsedNode>;

/**
 * Parses a flow definition written as YAML 1.2, core schema (flow-language 1.1): one document, a mapping at the top,
 * string keys, no custom tags, no duplicate keys, at most 100 aliases. Never throws.
 */
export function parseFlowYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const refuse = (message: string, offset: number): YamlResult => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { ok: false, error: { code: 'INVALID_YAML', message, line: Math.max(line, 1), column: Math.max(col, 1) } };
  };
  try {
    const bound = boundFault(text);
    if (bound !== undefined) {
      const start = text.slice(0, bound.offset).split('\n');
      const place = { line: start.length, column: (start.at(-1)?.length ?? 0) + 1 };
      return { ok: false, error: { code: 'INVALID_YAML', message: bound.message, ...place } };
    }
    const document = parseDocument<ParsedNode>(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      merge: false,
      // The library compares every key with every other one; `faultyNode` looks them up.
      uniqueKeys: false,
      prettyErrors: false,
      // 'silent' would also silence the error about a second document.
      logLevel: 'error',
    });
    const fault = faultIn(document as FlowDocument);
    if (fault !== undefined) {
      return refuse(fault.message, fault.offset);
    }
    const definition = toJson(document as FlowDocument);
    return typeof definition === 'string'
      ? refuse(definition, 0)
      : { ok: true, definition, locate: (pointer) => positionOf(document as FlowDocument, lines, pointer) };
  } catch (error) {
    return refuse(error instanceof RangeError ? 'nested too deeply' : 'not a YAML document', 0);
  }
}

type Fault = {
  readonly message: string;
  readonly offset: number;
};

function faultIn(document: FlowDocument): Fault | undefined {
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    return { message: problem.message, offset: problem.pos[0] };
  }
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    return { message: 'only YAML 1.2 is accepted', offset: 0 };
  }
  if (!isMap(document.contents)) {
    return { message: 'the document must be a mapping', offset: document.contents?.range[0] ?? 0 };
  }
  return faultyNode(document);
}

function faultyNode(document: FlowDocument): Fault | undefined {
  let aliases = 0;
  let aliasKeys = 0;
  let fault: Fault | undefined;
  const stopWith = (message: string, offset: number) => {
    fault = { message, offset };
    return visit.BREAK;
  };
  visit(document, {
    Alias: (_, node) => {
      aliases += 1;
      const offset = node.range?.[0] ?? 0;
      if (aliases > MAX_ALIASES) {
        return stopWith(`more than ${MAX_ALIASES} aliases`, offset);
      }
      return node.resolve(document) === undefined ? stopWith(`unresolved alias '${node.source}'`, offset) : undefined;
    },
    Map: (_, map) => {
      const keys = new Set<string>();
      for (const pair of map.items as Pair<ParsedNode>[]) {
        // Resolving an alias scans the document: not for more of them than are legal.
        aliasKeys += isAlias(pair.key) ? 1 : 0;
        const key = isAlias(pair.key) && aliasKeys <= MAX_ALIASES ? pair.key.resolve(document) : pair.key;
        if (!isScalar(key) || typeof key.value !== 'string') {
          return stopWith('keys must be strings', offsetOf(pair));
        }
        if (keys.has(key.value)) {
          return stopWith(`duplicate key '${key.value}'`, offsetOf(pair));
        }
        keys.add(key.value);
      }
      return undefined;
    },
    Scalar: (_, node) => {
      const message = typeof node.value === 'number' ? numberFault(node.value, node.source ?? '') : undefined;
      return message === undefined ? undefined : stopWith(message, node.range?.[0] ?? 0);
    },
  });
  return fault;
}

/** What a double cannot hold: infinity, NaN, and integers that it would round. */
function numberFault(value: number, source: string): string | undefined {
  if (isInexactInteger(source)) {
    return `the integer ${source.slice(0, 40)} is beyond 2^53; send it as a string, in quotes`;
  }
  return Number.isFinite(value) ? undefined : 'numbers must be finite';
}

/** The core schema writes integers as decimals, `0x…` and `0o…`. */
function isInexactInteger(source: string): boolean {
  const decimal = /^[-+]?0*(\d+)$/.exec(source)?.[1];
  if (decimal !== undefined) {
    return exceedsExactIntegers(decimal);
  }
  return /^0(?:x[0-9a-f]+|o[0-7]+)$/i.test(source) && BigInt(source) > 2n ** 53n;
}

function offsetOf(pair: Pair<ParsedNode>): number {
  return pair.key?.range?.[0] ?? 0;
}

/** The document as JSON, or why it has none: what its aliases make of it. */
function toJson(document: FlowDocument): JsonObject | string {
  const value = document.toJS({ maxAliasCount: -1 }) as Json;
  const fault = aliasFault(value);
  if (fault !== undefined) {
    return fault;
  }
  return isJsonObject(value) ? value : 'the document must be a mapping';
}

/** A list or mapping that is being looked through. */
type Opened = { readonly container: Json; readonly members: readonly Json[]; next: number; depth: number };

/**
 * Why a value cannot be used: it is part of itself, or nested too deeply where it is expanded. Looks at every container
 * once, in however many places it stands.
 */
function aliasFault(root: Json): string | undefined {
  const depths = new Map<Json, number>();
  const path: Opened[] = [];
  const open = new Set<Json>();
  const enter = (container: Json): void => {
    open.add(container);
    path.push({ container, members: Object.values(container as object) as Json[], next: 0, depth: 1 });
  };
  enter(root);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const member = top.members[top.next++];
    if (member === undefined) {
      path.pop();
      open.delete(top.container);
      depths.set(top.container, top.depth);
      const parent = path.at(-1);
      if (parent !== undefined) parent.depth = Math.max(parent.depth, top.depth + 1);
    } else if (typeof member === 'object' && member !== null) {
      if (open.has(member)) return 'an alias stands for something that it is part of';
      const known = depths.get(member);
      if (known === undefined) enter(member);
      else top.depth = Math.max(top.depth, known + 1);
    }
    if (top.depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
  }
  return undefined;
}

function positionOf(document: FlowDocument, lines: LineCounter, pointer: string): TextPosition {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const token of pointerTokens(pointer)) {
    const container = isAlias(node) ? node.resolve(document) : node;
    const step = stepInto(container, token);
    if (step === undefined) {
      break;
    }
    node = step.node;
    offset = step.offset ?? offset;
  }
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

type Step = {
  readonly node: unknown;
  readonly offset: number | undefined;
};

function stepInto(container: unknown, token: string): Step | undefined {
  if (isMap(container)) {
    const pair = container.items.find(({ key }) => isScalar(key) && key.value === token) as
      Pair<ParsedNode, ParsedNode | null> | undefined;
    return pair === undefined ? undefined : { node: pair.value, offset: pair.key.range[0] };
  }
  const items = (container as { readonly items?: readonly ParsedNode[] } | null)?.items;
  const item = items?.[Number(token)];
  return item === undefined ? undefined : { node: item, offset: item.range?.[0] };
}
