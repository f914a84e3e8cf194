import { parseFlowYaml, type YamlResult } from '@flowplane/contracts/flow';

type Locate = (YamlResult & { readonly ok: true })['locate'];

/** Longer texts are not parsed once more only to name lines. */
const MAX_LENGTH = 262_144;
/** Errors beyond these are found at their pointers. */
const MAX_PLACES = 20;

/**
 * Where errors stand in the YAML a definition was written in, as a sentence for the message of a refusal: line and
 * column of each pointer, in the order of the errors. Empty when there is no YAML to point at.
 */
export function placesInYaml(yaml: string | null | undefined, pointers: readonly string[]): string {
  if (yaml === null || yaml === undefined || yaml.length > MAX_LENGTH) return '';
  const parsed = parseFlowYaml(yaml);
  return parsed.ok ? placesOf(parsed.locate, pointers) : '';
}

/** The same of a text that is parsed already. */
export function placesOf(locate: Locate, pointers: readonly string[]): string {
  const places = pointers.slice(0, MAX_PLACES).map((pointer) => {
    const { line, column } = locate(pointer);
    return `${line}:${column}`;
  });
  const more = pointers.length > MAX_PLACES ? ' …' : '';
  return ` In the YAML, line:column in the order of the errors: ${places.join(', ')}${more}`;
}
