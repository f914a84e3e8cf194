import { language } from './language/language.js';

type Defined = { readonly definitionYaml: string | null; readonly definition: Readonly<Record<string, unknown>> };

/** The text of a draft or a version as it was written, or made from its definition where that came as JSON. */
export async function textOf({ definitionYaml, definition }: Defined): Promise<string> {
  if (definitionYaml !== null) return definitionYaml;
  return Object.keys(definition).length === 0 ? '' : language().yamlOf(definition);
}
