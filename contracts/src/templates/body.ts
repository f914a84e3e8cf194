import { stringify } from 'yaml';
import { compactBytes } from '../flow/json-size.js';
import type { Json } from '../flow/json.js';
import { parseFlowYaml } from '../flow/yaml.js';
import type { Checked } from './errors.js';
import { checked, CONTENT_INVALID, refuse } from './errors.js';
import { isWithinBounds } from './json-walk.js';

export type TemplateFormat = 'json' | 'yaml';

/**
 * A body as JSON (provisioning 1.2), not yet checked. YAML goes through the bounded reader of flows.
 *
 * @param maxBytes of a body, and of what the aliases of a YAML text make of it
 */
export function readTemplateBody(text: string, format: TemplateFormat, maxBytes: number): Checked<unknown> {
  return checked(() => {
    const value = format === 'json' ? parseJson(text) : parseYaml(text);
    const isUsable = value !== undefined && isWithinBounds(value) && compactBytes(value, maxBytes) !== undefined;
    return isUsable ? value : refuse(400, CONTENT_INVALID);
  });
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function parseYaml(text: string): Json | undefined {
  const result = parseFlowYaml(text);
  return result.ok ? result.definition : undefined;
}

/** An answer in the format of its request. */
export function writeTemplateBody(value: Json, format: TemplateFormat): string {
  return format === 'json' ? JSON.stringify(value) : `---\n${stringify(value, { aliasDuplicateObjects: false })}`;
}
