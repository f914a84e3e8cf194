import type { ErrorObject } from 'ajv';

/**
 * The contract's wording (flow-language 2.2) of one ajv error. Throws on a keyword the schemas do not use: that is a
 * bug.
 */
export function ruleOf(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return `must have required property ("${String(params['missingProperty'])}")`;
    case 'additionalProperties':
      return `must not have additional properties ("${String(params['additionalProperty'])}")`;
    case 'type':
      return `must be ${[params['type']].flat().join(' or ')}`;
    case 'const':
      return `must be equal to ${JSON.stringify(params['allowedValue'])}`;
    case 'enum':
      return `must be one of ${(params['allowedValues'] as string[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'minLength':
      return `must not be shorter than ${String(params['limit'])} characters`;
    case 'maxLength':
      return `must not be longer than ${String(params['limit'])} characters`;
    case 'minItems':
      return `must not have fewer than ${String(params['limit'])} items`;
    case 'maxItems':
      return `must not have more than ${String(params['limit'])} items`;
    case 'minimum':
      return `must be >= ${String(params['limit'])}`;
    case 'maximum':
      return `must be <= ${String(params['limit'])}`;
    case 'pattern':
      return `must match ${String(params['pattern'])}`;
    default:
      throw new Error(`structural schema uses a keyword without a message: ${error.keyword}`);
  }
}
