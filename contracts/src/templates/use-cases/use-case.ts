import type { JsonObject } from '../../flow/json.js';

/** A template with placeholders, and what is put in where a request says nothing (provisioning 7). */
export type UseCase = {
  readonly name: string;
  /** Keys that a request has to give. */
  readonly required: readonly string[];
  readonly defaults: Readonly<Record<string, string>>;
  readonly template: JsonObject;
};

/** Values by key, the keys with a prefix. */
export function under(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]));
}

/** The template of a use case: nodes in their order, edges only from what nodes take of each other. */
export function template(
  useCase: string,
  nodes: readonly JsonObject[],
  compatibility = ['2.18.0', '3.0.0'],
): JsonObject {
  return {
    name: '${{template.name}}',
    description: '${{template.description}}',
    use_case: useCase,
    version: { template: '1.0.0', compatibility },
    workflows: { provision: { nodes: [...nodes] } },
  };
}

export const titles = (name: string, description: string): Record<string, string> =>
  under('template', { name, description });
