import type { FlowDefinition } from '@flowplane/contracts/flow/document';
import { publishWarnings } from '@flowplane/contracts/flow/flow-warnings';
import { hintFor } from '@flowplane/contracts/flow/hints';
import type { JsonObject } from '@flowplane/contracts/flow/json';
import { hasMoreValues } from '@flowplane/contracts/flow/json-size';
import { pointerTo } from '@flowplane/contracts/flow/pointer';
import { semanticFindings } from '@flowplane/contracts/flow/semantic';
import { validateStructure } from '@flowplane/contracts/flow/structural';
import { parseFlowYaml, type TextPosition } from '@flowplane/contracts/flow/yaml';
import { lineRange, nodeRanges, offsetOf, withoutPointer, type NodeRange } from './ranges.js';

/** Something that is wrong, or probably is, and where. */
export type Finding = TextPosition & {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly nodeId: string | null;
  readonly message: string;
  readonly hint?: string | undefined;
  /** What is marked in the text. */
  readonly from: number;
  readonly to: number;
};

/** What a text is worth. */
export type Checked = {
  readonly text: string;
  readonly findings: readonly Finding[];
  /** What the text says, where it has the shape of a flow; else it cannot be saved. */
  readonly definition: FlowDefinition | undefined;
  /** Where each node stands; empty where the text is not YAML. */
  readonly nodes: readonly NodeRange[];
};

/** Something that a validator has found, before its place in the text is known. */
type Found = {
  readonly severity: Finding['severity'];
  readonly code: string;
  readonly nodeId: string | null;
  readonly pointer: string;
  readonly message: string;
  readonly hint?: string | undefined;
};

/** As the API: larger documents, their aliases expanded, are refused. */
const MAX_VALUES = 100_000;
/** Findings that are shown; an author mends the first ones first. */
const MAX_FINDINGS = 200;
/** Errors that get a hint: finding one compares with every name of the definition. */
const MAX_HINTS = 20;

/** Checks a definition as the API would, except for what only the API can know: other flows, servers, connections. */
export function check(text: string): Checked {
  const parsed = parseFlowYaml(text);
  if (!parsed.ok) {
    const { line, column, message, code } = parsed.error;
    return { text, findings: [at(text, { line, column }, yamlError(code, message))], definition: undefined, nodes: [] };
  }
  const { definition: document, locate } = parsed;
  if (hasMoreValues(document, MAX_VALUES)) {
    const tooLarge = `has more than ${MAX_VALUES} values, its aliases expanded`;
    return {
      ...{ text, definition: undefined, nodes: [] },
      findings: [at(text, { line: 1, column: 1 }, yamlError('DEFINITION_TOO_LARGE', tooLarge))],
    };
  }
  const { found, definition } = foundIn(document);
  return {
    ...{ text, definition },
    findings: found.slice(0, MAX_FINDINGS).map((one) => at(text, locate(one.pointer), one)),
    nodes: nodeRanges(text, document, locate),
  };
}

/** Places of warnings that the API has found in a text, by their pointers. */
export function placed(text: string, found: readonly Found[]): readonly Finding[] {
  const parsed = parseFlowYaml(text);
  return parsed.ok ? found.map((one) => at(text, parsed.locate(one.pointer), one)) : [];
}

const yamlError = (code: string, message: string): Found => ({
  ...{ severity: 'error', code, nodeId: null, pointer: '', message },
});

function foundIn(document: JsonObject): {
  readonly found: readonly Found[];
  readonly definition: FlowDefinition | undefined;
} {
  const structure = validateStructure(document);
  if (!structure.ok) {
    const found = structure.errors.map((error, index): Found => {
      const hint = index < MAX_HINTS ? hintFor(error, document) : undefined;
      const { code, nodeId, path, message } = error;
      return { severity: 'error', code, nodeId, pointer: memberMeant(path, message), message, hint };
    });
    return { found, definition: undefined };
  }
  const { definition } = structure;
  // Whether a version of another flow is there is asked of the API.
  const errors = semanticFindings(definition, { resolveSubFlow: () => ({ nesting: 0, runs: 0 }) });
  const found = errors.map((error, index): Found => {
    return { ...error, severity: 'error', hint: index < MAX_HINTS ? hintFor(error, document) : undefined };
  });
  return { found: [...found, ...publishWarnings(definition).map(warning)], definition };
}

const warning = ({ path, ...rest }: ReturnType<typeof publishWarnings>[number]): Found => ({
  ...{ ...rest, severity: 'warning', pointer: path },
});

/** The member that an error names, found in the object that its path leads to. */
function memberMeant(path: string, message: string): string {
  const [, unknown] = /must not have additional properties \("(.*)"\)$/s.exec(message) ?? [];
  return unknown === undefined ? path : pointerTo(path, unknown);
}

function at(text: string, { line, column }: TextPosition, { pointer: _pointer, ...found }: Found): Finding {
  return {
    ...found,
    line,
    column,
    ...lineRange(text, offsetOf(text, line, column)),
    message: withoutPointer(found.message),
  };
}

/** Text of a definition that nobody has written as YAML. */
export { stringify as yamlOf } from 'yaml';
