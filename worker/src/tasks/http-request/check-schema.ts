import type { Json, JsonObject } from '@flowplane/contracts';
import { Ajv, type ValidateFunction } from 'ajv';

/** `value` is absent where only the schema is looked at. */
export type SchemaRequest = { readonly schema: JsonObject; readonly value?: Json };

/** `schema`: it is none; `value`: it does not fit. `reason` follows a subject, and has no text of the value. */
export type SchemaVerdict =
  { readonly ok: true } | { readonly ok: false; readonly fault: 'schema' | 'value'; readonly reason: string };

const MAX_REASON_LENGTH = 200;

/**
 * Checks a value against a schema of draft-07. References lead to places in the schema only; `format` says nothing. It may
 * take long, and more memory than there is: it belongs into a thread.
 */
export function checkSchema({ schema, value }: SchemaRequest): SchemaVerdict {
  const refused = (fault: 'schema' | 'value', reason: string): SchemaVerdict => ({
    ...{ ok: false, fault, reason: reason.slice(0, MAX_REASON_LENGTH) },
  });
  // One for each: what a schema calls itself is known to no other.
  const ajv = new Ajv({ strict: false, ownProperties: true, validateFormats: false, logger: false, allErrors: false });
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(schema);
  } catch (cause) {
    const [first] = ajv.errors ?? [];
    const why = first === undefined ? (cause as Error).message : `${first.instancePath} ${first.message}`;
    return refused('schema', `is no schema of draft-07: ${why}`);
  }
  if ('$async' in validate) return refused('schema', 'may not be asynchronous');
  if (value === undefined || validate(value)) return { ok: true };
  const [first] = validate.errors ?? [];
  // The place in the schema: one in the value could have names that the server has chosen.
  return refused('value', `does not fit responseSchema at ${first?.schemaPath ?? '#'}`);
}
