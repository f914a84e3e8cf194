import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import { pointerTo } from '../pointer.js';
import { taskType } from './catalogue.js';
import type { TaskType } from './task-type.js';

/** First fault of a task's evaluated input. The message names the pointer and holds no value of the input. */
export type ParamsFault = {
  /** RFC 6901 pointer of the wrong or missing member. */
  readonly pointer: string;
  readonly message: string;
};

// Unknown keywords such as x-expression are for editors. No allErrors: one fault is enough, and cheap.
const AJV = new Ajv({ strict: false, ownProperties: true, validateFormats: false });

// Compiled on first use, one per type.
const VALIDATORS = new WeakMap<TaskType, ValidateFunction>();

function validatorOf(type: TaskType): ValidateFunction {
  const known = VALIDATORS.get(type);
  if (known !== undefined) return known;
  const made = AJV.compile(withoutEnums(type.inputSchema, type.valuesLeftToTask ?? []));
  VALIDATORS.set(type, made);
  return made;
}

function withoutEnums(schema: { readonly properties: object }, members: readonly string[]): object {
  const properties = Object.entries(schema.properties).map(([name, property]: [string, object]) => {
    const rest = Object.fromEntries(Object.entries(property).filter(([keyword]) => keyword !== 'enum'));
    return [name, members.includes(name) ? rest : property];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

/**
 * Checks a task's evaluated input against its type's schema; undefined when it fits.
 * An unknown type has no schema, so nothing to violate.
 */
export function paramsFault(taskTypeId: string, params: unknown): ParamsFault | undefined {
  const type = taskType(taskTypeId);
  const validate = type === undefined ? undefined : validatorOf(type);
  if (validate === undefined || validate(params)) {
    return undefined;
  }
  const alternatives = validate.errors?.find(({ keyword }) => keyword === 'anyOf');
  const error = alternatives ?? validate.errors?.[0];
  return error === undefined ? undefined : faultOf(error);
}

function faultOf(error: ErrorObject): ParamsFault {
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'required') {
    const pointer = pointerTo(error.instancePath, String(params['missingProperty']));
    return { pointer, message: `${pointer} is required` };
  }
  if (error.keyword === 'anyOf') {
    return {
      pointer: error.instancePath,
      message: `${error.instancePath}/messages or ${error.instancePath}/prompt is required`,
    };
  }
  const rule =
    error.keyword === 'enum'
      ? `must be one of ${(params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`
      : (error.message ?? 'is not valid');
  return {
    pointer: error.instancePath,
    message: `${error.instancePath === '' ? 'input' : error.instancePath} ${rule}`,
  };
}
