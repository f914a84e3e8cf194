import type { ErrorObject, ValidateFunction } from 'ajv';
import type { FlowDefinition, TaskNode } from './document.js';
import { closest, didYouMean } from './closest.js';
import type { InputError } from './inputs.js';
import type { Json, JsonObject } from './json.js';
import { pointerTo, pointerTokens } from './pointer.js';
import { inputValidator } from './schema-validators.js';
import { ruleOf } from './structural-message.js';
import type { TaskType } from './tasks/task-type.js';
import { backendFault, backendUse, type BackendUse, type KnownBackends } from './tasks/availability.js';
import { taskType } from './tasks/catalogue.js';
import { scanTemplate } from './template.js';

export const WARNING_CODES = [
  'FLW-W001',
  'FLW-W002',
  'FLW-W003',
  'FLW-W004',
  'FLW-W005',
  'FLW-W006',
  'FLW-W007',
  'FLW-W008',
  'FLW-W009',
  'FLW-W010',
] as const;

/**
 * What keeps nobody from publishing and starting, and probably does not mean what it says (flow-language 3.7):
 * - W001: a task's input cannot fit its type's schema, whatever its expressions yield
 * - W002: a member of a task's input that its type does not know
 * - W003: a member of a start's body that was ignored
 * - W004: a task's type is not available here: no server is configured for it
 * - W005: a connection that the workspace does not have, or that is of another kind
 * - W006: an expression uses an input that is not declared
 * - W007: a node to which no path leads
 * - W008: `{{ … }}` where an expression was probably meant
 * - W009: an expression uses the output of a node that cannot have run then, or has none
 * - W010: a start's input lacks what is declared as required, or has it with another type
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

/**
 * Warnings of a definition that may be published, in the order of its nodes. Never throws.
 *
 * @param backends what tasks of its workspace can call; without them nothing is said about it
 */
export function definitionWarnings({ nodes }: FlowDefinition, backends?: KnownBackends): Warning[] {
  const warnings: Warning[] = [];
  for (const [index, node] of nodes.entries()) {
    if (node.type === 'task') {
      warnings.push(...taskWarnings(node, `/nodes/${index}/input`));
      if (backends !== undefined) warnings.push(...backendWarnings(backendUse(node, `/nodes/${index}`), backends));
    }
    if (warnings.length >= MAX_WARNINGS) {
      return warnings.slice(0, MAX_WARNINGS);
    }
  }
  return warnings;
}

/** What the tasks of a definition use, each server and connection once for a type, in the order of the nodes. */
export function backendUses({ nodes }: FlowDefinition): BackendUse[] {
  const uses = new Map<string, BackendUse>();
  for (const [index, node] of nodes.entries()) {
    const use = node.type === 'task' ? backendUse(node, `/nodes/${index}`) : undefined;
    const key = JSON.stringify([use?.taskType, use?.kinds, use?.connection]);
    if (use !== undefined && !uses.has(key)) uses.set(key, use);
  }
  return [...uses.values()];
}

/** Warnings of uses that cannot be reached (W004, W005). */
export function unreachable(uses: readonly BackendUse[], backends: KnownBackends): Warning[] {
  return uses.flatMap((use) => backendWarnings(use, backends)).slice(0, MAX_WARNINGS);
}

function backendWarnings(use: BackendUse | undefined, backends: KnownBackends): Warning[] {
  const fault = use === undefined ? undefined : backendFault(use, backends);
  if (use === undefined || fault === undefined) return [];
  const [code, member] = use.connection === undefined ? W004 : W005;
  return [warning(code, use.nodeId, `${use.at}/${member}`, fault.rule, fault.hint)];
}

const W004 = ['FLW-W004', 'taskType'] as const;
const W005 = ['FLW-W005', 'input/connection'] as const;

/** Warnings of a start whose input does not fit the declared inputs; where inputs are strict it is refused instead. */
export function misfitInputs(errors: readonly InputError[]): Warning[] {
  return errors.slice(0, MAX_WARNINGS).map(({ input, message }) => {
    return { code: 'FLW-W010', nodeId: null, path: pointerTo('/input', input), message };
  });
}

/** Warnings of members, by pointer, that were passed over in a body; `known` are those that would have been read. */
export function ignoredMembers(pointers: readonly string[], known: readonly string[]): Warning[] {
  return pointers.slice(0, MAX_WARNINGS).map((path) => {
    const hint = didYouMean(closest(pointerTokens(path).at(-1) ?? '', known));
    const message = `${path} is unknown and was ignored`;
    return { code: 'FLW-W003', nodeId: null, path, message, ...(hint === undefined ? {} : { hint }) };
  });
}

function taskWarnings(node: TaskNode, at: string): Warning[] {
  const type = taskType(node.taskType);
  const input = node.input ?? {};
  const templates = type === undefined ? undefined : templatesIn(input);
  if (type === undefined || templates === undefined) {
    return [];
  }
  const unknown = unknownMembers(type, input);
  const misfits = faultsOf(type, input).filter((fault) => isCertain(fault, templates));
  const given = new Set(Object.keys(input));
  const absent = Object.keys(type.inputSchema.properties).filter((name) => !given.has(name));
  return [
    ...misfits.map((fault) =>
      warning('FLW-W001', node.id, at + fault.instancePath, ruleOfFault(fault), hintOf(fault, unknown)),
    ),
    ...unknown.map((name) =>
      warning('FLW-W002', node.id, pointerTo(at, name), `is unknown to ${type.id}`, didYouMean(closest(name, absent))),
    ),
  ];
}

const warning = (code: WarningCode, nodeId: string, path: string, rule: string, hint: string | undefined): Warning => ({
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

const VALIDATORS = new WeakMap<TaskType, ValidateFunction>();

function faultsOf(type: TaskType, input: JsonObject): ErrorObject[] {
  const validate = VALIDATORS.get(type) ?? inputValidator(type.inputSchema);
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
