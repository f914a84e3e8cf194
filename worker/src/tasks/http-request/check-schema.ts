import { beginningOf, type Json, type JsonObject } from '@flowplane/contracts';
import { Ajv, type ValidateFunction } from 'ajv';

/** `value` is absent where only the schema is looked at. */
export type SchemaRequest = { readonly schema: JsonObject; readonly value?: Json };

/** `schema`: it is none; `value`: it does not fit. `reason` follows a subject, and has no text of the value. */
export type SchemaVerdict =
  { readonly ok: true } | { readonly ok: false; readonly fault: 'schema' | 'value'; readonly reason: string };

const MAX_REASON_LENGTH = 200;

const OPTIONS = { strict: false, ownProperties: true, validateFormats: false, logger: false } as const;
/** Knows what a schema of draft-07 is, and no schema of an author. */
const DRAFT = new Ajv(OPTIONS);

/** Compiled schemas that are kept, by their text: an attempt asks for its schema twice. Larger ones are compiled again. */
const MAX_KEPT = 32;
const MAX_KEPT_LENGTH = 8192;
const KEPT = new Map<string, ValidateFunction>();

/**
 * Checks a value against a schema of draft-07. References lead to places in the schema only; `format` says nothing. It may
 * take long, and more memory than there is: it belongs into a thread.
 */
export function checkSchema({ schema, value }: SchemaRequest): SchemaVerdict {
  let validate: ValidateFunction;
  try {
    validate = compiled(schema);
  } catch (cause) {
    return refused('schema', `is no schema of draft-07: ${(cause as Error).message}`);
  }
  if (value === undefined || validate(value)) return { ok: true };
  const [first] = validate.errors ?? [];
  // The place in the schema: one in the value could have names that the server has chosen.
  return refused('value', `does not fit responseSchema at ${first?.schemaPath ?? '#'}`);
}

/** @throws Error that says what is wrong with the schema */
function compiled(schema: JsonObject): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = KEPT.get(text);
  if (known !== undefined) return known;
  if (DRAFT.validateSchema(schema) !== true) {
    const [first] = DRAFT.errors ?? [];
    throw new Error(`${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim());
  }
  // One for each: what a schema calls itself is known to no other. What is referred to often stands in the code once.
  const ajv = new Ajv({ ...OPTIONS, meta: false, validateSchema: false, inlineRefs: false });
  const made = ajv.compile(schema);
  if ('$async' in made) throw new Error('it is asynchronous');
  if (text.length <= MAX_KEPT_LENGTH) keep(text, made);
  return made;
}

function keep(text: string, made: ValidateFunction): void {
  const [oldest] = KEPT.keys();
  if (KEPT.size >= MAX_KEPT && oldest !== undefined) KEPT.delete(oldest);
  KEPT.set(text, made);
}

const refused = (fault: 'schema' | 'value', reason: string): SchemaVerdict => ({
  ...{ ok: false, fault, reason: beginningOf(reason, MAX_REASON_LENGTH) },
});
