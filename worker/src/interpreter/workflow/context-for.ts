import type { Json, JsonObject } from '@flowplane/contracts';
import { setOwn } from '@flowplane/contracts/flow/json';
import type { EvaluationSubject } from './local-activities.js';
import type { RunValues } from './run-values.js';

/** Below this the whole context is passed on: picking would cost more than it saves. */
const PICK_ABOVE_BYTES = 64 * 1024;

/** Uses of a namespace other than reading one member under a literal name: then any member may be meant. */
const WHOLE_NAMESPACE =
  /\b(?:nodes|inputs)\b(?!\s*(?:\.\s*(?!(?:all|exists|exists_one|map|filter)\s*\()[A-Za-z_]|\[\s*(?:"[^"]*"|'[^']*')\s*\]))/;

export type EvaluationValues = { readonly inputs: JsonObject; readonly nodes: JsonObject };

/**
 * The values an evaluation may need. Of a large state only members whose name stands somewhere in the text are
 * passed on; where a name could be computed or escaped, everything is.
 */
export function contextFor(subject: EvaluationSubject, values: RunValues): EvaluationValues {
  const whole = { inputs: values.inputs, nodes: values.outputs };
  if (values.stateBytes <= PICK_ABOVE_BYTES) return whole;
  const text = textOf(subject);
  if (WHOLE_NAMESPACE.test(text) || text.includes('\\')) return whole;
  return { inputs: pick(values.inputs, text), nodes: pick(values.outputs, text) };
}

function pick(from: JsonObject, text: string): JsonObject {
  const picked: JsonObject = {};
  for (const [key, value] of Object.entries(from)) if (text.includes(key)) setOwn(picked, key, value);
  return picked;
}

function textOf(subject: EvaluationSubject): string {
  switch (subject.kind) {
    case 'arms':
      return subject.whens.join('\n');
    case 'duration':
      return subject.template;
    case 'input': {
      const texts: string[] = [];
      collect(subject.template, texts);
      return texts.join('\n');
    }
  }
}

function collect(value: Json, texts: string[]): void {
  if (typeof value === 'string') texts.push(value);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) collect(part, texts);
}

/** True when a string value at any depth holds `${{`, escaped or not. */
export function isTemplated(value: Json): boolean {
  if (typeof value === 'string') return value.includes('${{');
  return typeof value === 'object' && value !== null && Object.values(value).some(isTemplated);
}
