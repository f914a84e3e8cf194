import type { ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';

// The console is built with another module in the place of this one, which has the same functions made beforehand: a page
// may not make code from texts (monitor-service/ui/build/compiled-schemas.ts). What is compiled here must be named there.

// ownProperties: a JSON text may bring keys such as "constructor"; only what is written counts.
const STRUCTURES = new Ajv({
  ...{ allErrors: true, verbose: false, ownProperties: true, strict: false, validateFormats: false },
});
const INPUTS = new Ajv({ strict: false, ownProperties: true, validateFormats: false, allErrors: true, verbose: true });

/** Checks a part of a definition. */
export const structureValidator = (schema: object): ValidateFunction => STRUCTURES.compile(schema);

/** Checks the input of a task as it is written; errors have the value and the keyword's part of the schema. */
export const inputValidator = (schema: object): ValidateFunction => INPUTS.compile(schema);
