import { language } from './language/language.js';

/** What a draft or a version says: as YAML, where it was written so. */
export type Defined = {
  readonly definitionYaml: string | null;
  readonly definition: Readonly<Record<string, unknown>>;
};

/**
 * The text of a draft or a version as it was written, or made from its definition where that came as JSON. Its lines end
 * as those of the editor do: else a text that came with CRLF would count as changed before anything is written.
 */
export async function textOf({ definitionYaml, definition }: Defined): Promise<string> {
  if (definitionYaml !== null) return withPlainLineEnds(definitionYaml);
  return Object.keys(definition).length === 0 ? '' : withPlainLineEnds(await language().yamlOf(definition));
}

/** Whether two say the same in the same words: comments of YAML count, as far as both were written as YAML. */
export function isSameText(one: Defined, other: Defined): boolean {
  if (one.definitionYaml !== null && other.definitionYaml !== null)
    return withPlainLineEnds(one.definitionYaml) === withPlainLineEnds(other.definitionYaml);
  return JSON.stringify(one.definition) === JSON.stringify(other.definition);
}

const withPlainLineEnds = (text: string): string => text.replaceAll(/\r\n?/g, '\n');
