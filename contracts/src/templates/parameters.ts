import type { Checked } from './errors.js';
import { checked, refuse } from './errors.js';
import type { TextMap } from './document.js';
import type { QueryPairs } from './request-query.js';

/**
 * Substitution parameters of a provisioning (provisioning 6.3): those of the query, and those of the body.
 *
 * @param bodyText undefined or blank when there is none; JSON
 */
export function readParameters(query: QueryPairs, bodyText: string | undefined): Checked<TextMap> {
  return checked(() => {
    const parameters = new Map<string, string>();
    for (const [name, value] of [...query, ...bodyParameters(bodyText)]) {
      if (parameters.has(name)) {
        refuse(400, `Duplicate key ${name}`);
      }
      parameters.set(name, value);
    }
    return Object.fromEntries(parameters);
  });
}

function bodyParameters(text: string | undefined): QueryPairs {
  if (text === undefined || text.trim() === '') {
    return [];
  }
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuse(400, 'Request body parsing failed');
  }
  return Object.entries(body).map(([name, value]) =>
    typeof value === 'string' ? [name, value] : refuse(400, 'Request body fields must have string values'),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
