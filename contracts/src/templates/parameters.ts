import { isJsonObject } from '../flow/json.js';
import type { Checked } from './errors.js';
import { checked, refuse } from './errors.js';
import type { TextMap } from './document.js';
import type { QueryPairs } from './request-query.js';

/**
 * Substitution parameters of a provisioning (provisioning 6.3): those of the query, and those of the body.
 *
 * @param body not yet checked; undefined: there is none
 */
export function readParameters(query: QueryPairs, body: unknown): Checked<TextMap> {
  return checked(() => {
    const parameters = new Map<string, string>();
    for (const [name, value] of [...query, ...bodyParameters(body)]) {
      if (parameters.has(name)) {
        refuse(400, `Duplicate key ${name}`);
      }
      parameters.set(name, value);
    }
    return Object.fromEntries(parameters);
  });
}

function bodyParameters(body: unknown): QueryPairs {
  if (body === undefined) {
    return [];
  }
  if (!isJsonObject(body)) {
    return refuse(400, 'Request body parsing failed');
  }
  return Object.entries(body).map(([name, value]) =>
    typeof value === 'string' ? [name, value] : refuse(400, 'Request body fields must have string values'),
  );
}
