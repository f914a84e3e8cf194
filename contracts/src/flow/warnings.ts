import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import type { FlowDefinition, TaskNode } from './document.js';
import { closest, didYouMean } from './closest.js';
import { connectionMisfit, type KnownConnections } from './connection-warnings.js';
import type { Json, JsonObject } from './json.js';
import { pointerTo, pointerTokens } from './pointer.js';
import { ruleOf } from './structural-message.js';
import type { TaskType } from './tasks/task-type.js';
import { taskType } from './tasks/catalogue.js';
import { scanTemplate } from './template.js';

export const WARNING_CODES = ['FLW-W001', 'FLW-W002', 'FLW-W003', 'FLW-W005'] as const;

/**
 * What keeps nobody from publishing and starting, and probably does not mean what it says (flow-language 3.7):
 * - W001: a task's input cannot fit its type's schema, whatever its expressions yield
 * - W002: a member of a task's input that its type does not know
 * - W003: a member of a start's body that was ignored
 * - W005: a connection that the workspace does not have, or that is of another kind than the task's type takes
 */
export type WarningCode = (typeof WARNING_CODES)[number];

export type Warning = {
  readonly code: WarningCode;
  /** Id of the node; null where it is about none. */
  readonly nodeId: string | null;
  /** RFC 6901 pointer into the definition, or into the body of a start. */
  readonly path: string;
  readonly message: string;
  /** What was probably meant. */
  readonly hint?: string;
};

/** Most warnings of one answer; the first ones are listed. */
export const MAX_WARNINGS = 100;

/** Values of a larger input are left to the run: so many faults would cost more than they tell. */
const MAX_CHECKED_VALUES = 10_000;

/** What is known of the workspace; about what is not, there are no warnings. */
export type WarningFacts = { readonly connections?: KnownConnections | undefined };

/** Warnings of a definition that may be published, in the order of its nodes. Never throws. */
export function definitionWarnings({ nodes }: FlowDefinition, facts: WarningFacts = {}): Warning[] {
  const warnings: Warning[] = [];
  for (const [index, node] of nodes.entries()) {
    if (node.type === 'task') {
      warnings.push(...taskWarnings(node, `/nodes/${index}/input`, facts));
    }
    if (warnings.length >= MAX_WARNINGS) {
      return warnings.slice(0, MAX_WARNINGS);
    }
  }
  return warnings;
}

/** Warnings of members, by pointer, that were passed over in a body; `known` are those that would have been read. */
export function ignoredMembers(pointers: readonly string[], known: readonly string[]): Warning[] {
  return pointers.slice(0, MAX_WARNINGS).map((path) => {
    const hint = didYouMean(closest(pointerTokens(path).at(-1) ?? '', known));
    const message = `${path} is unknown and was ignored`;
    return { code: 'FLW-W003', nodeId: null, path, message, ...(hint === undefined ? {} : { hint }) };
  });
}

function taskWarnings(node: TaskNode, at: string, { connections }: WarningFacts): Warning[] {
  const type = taskType(node.taskType);
  const input = node.input ?? {};
  const templates = type === undefined ? undefined : templatesIn(input);
  const misfit = connections === undefined ? undefined : connectionMisfit(node, connections);
  const ofConnection =
    misfit === undefined ? [] : [warning(node, `${at}/connection`, 'FLW-W005', misfit.rule, misfit.hint)];
  if (type === undefined || templates === undefined) {
    return ofConnection;
  }
  const unknown = unknownMembers(type, input);
  const misfits = faultsOf(type, input).filter((fault) => isCertain(fault, templates));
  const ofNode = (code: WarningCode, pointer: string, rule: string, hint: string | undefined): Warning =>
    warning(node, at + pointer, code, rule, hint);
  const given = new Set(Object.keys(input));
  const absent = Object.keys(type.inputSchema.properties).filter((name) => !given.has(name));
  return [
    ...misfits.map((fault) => ofNode('FLW-W001', fault.instancePath, ruleOfFault(fault), hintOf(fault, unknown))),
    ...unknown.map((name) =>
      ofNode('FLW-W002', pointerTo('', name), `is unknown to ${type.id}`, didYouMean(closest(name, absent))),
    ),
    ...ofConnection,
  ];
}

const warning = (
  { id: nodeId }: TaskNode,
  path: string,
  code: WarningCode,
  rule: string,
  hint: string | undefined,
): Warning => ({
  ...{ code, nodeId, path, message: `${path} ${rule}` },
  ...(hint === undefined ? {} : { hint }),
});

function hintOf({ keyword, params, data }: ErrorObject, unknown: readonly string[]): string | undefined {
  if (keyword === 'required') {
    const missing = String((params as { readonly missingProperty: string }).missingProperty);
    const written = unknown.find((name) => closest(name, [missing]) !== undefined);
    return written === undefined ? undefined : `Did you mean ${JSON.stringify(missing)} by ${JSON.stringify(written)}?`;
  }
  return keyword === 'enum' && typeof data === 'string'
    ? didYouMean(closest(data, (params as { readonly allowedValues: readonly string[] }).allowedValues))
    : undefined;
}

/** `workspaceId` may be given everywhere. */
function unknownMembers({ takesOtherMembers, inputSchema }: TaskType, input: JsonObject): string[] {
  const known = new Set(['workspaceId', ...Object.keys(inputSchema.properties)]);
  return takesOtherMembers === true ? [] : Object.keys(input).filter((name) => !known.has(name));
}

function ruleOfFault(fault: ErrorObject): string {
  if (fault.keyword !== 'anyOf') {
    return ruleOf(fault);
  }
  const alternatives = fault.schema as readonly { readonly required: readonly string[] }[];
  return `must have required property (${alternatives.map(({ required }) => JSON.stringify(required[0])).join(') or (')})`;
}

const AJV = new Ajv({ strict: false, ownProperties: true, validateFormats: false, allErrors: true, verbose: true });
const VALIDATORS = new WeakMap<TaskType, ValidateFunction>();

function faultsOf(type: TaskType, input: JsonObject): ErrorObject[] {
  const validate = VALIDATORS.get(type) ?? AJV.compile(type.inputSchema);
  VALIDATORS.set(type, validate);
  // What is wrong with each alternative is said by the error that none of them fits.
  return validate(input) ? [] : (validate.errors ?? []).filter(({ schemaPath }) => !schemaPath.includes('/anyOf/'));
}

/** What an expression leaves open: a string that is one expression may become anything, any other one stays a text. */
type Templates = ReadonlyMap<string, 'anything' | 'text'>;

function isCertain({ instancePath, keyword }: ErrorObject, templates: Templates): boolean {
  const open = templates.get(instancePath);
  return open === undefined || (open === 'text' && keyword === 'type');
}

/** Templated strings of an input by their pointers; undefined where it has more values than are looked through. */
function templatesIn(input: JsonObject): Templates | undefined {
  const templates = new Map<string, 'anything' | 'text'>();
  const pending: { readonly value: Json; readonly pointer: string }[] = [{ value: input, pointer: '' }];
  let values = 0;
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { value, pointer } = item;
    values += 1;
    if (values + pending.length > MAX_CHECKED_VALUES) {
      return undefined;
    }
    if (typeof value === 'string') {
      const parts = value.includes('${{') ? scanTemplate(value) : [];
      if (parts.some(({ kind }) => kind !== 'text')) {
        templates.set(pointer, parts.length === 1 ? 'anything' : 'text');
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        pending.push({ value: member, pointer: pointerTo(pointer, name) });
      }
    }
  }
  return templates;
}
