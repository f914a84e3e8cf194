import { parseFlowYaml, type TextPosition, type YamlResult } from '@flowplane/contracts/flow';

export type Locate = (YamlResult & { readonly ok: true })['locate'];

/** Longer texts are not parsed once more only to name lines. */
const MAX_LENGTH = 262_144;
/** Errors whose places the message names; all that are listed have theirs as members. */
const MAX_PLACES = 20;

/** How to find the places of errors in the YAML a definition was written in; undefined when there is none to point at. */
export function locateIn(yaml: string | null | undefined): Locate | undefined {
  if (yaml === null || yaml === undefined || yaml.length > MAX_LENGTH) return undefined;
  const parsed = parseFlowYaml(yaml);
  return parsed.ok ? parsed.locate : undefined;
}

/** Line and column of errors, in their order, as a sentence for the message of a refusal; empty without any. */
export function placesSentence(places: readonly TextPosition[]): string {
  if (places.length === 0) return '';
  const named = places.slice(0, MAX_PLACES).map(({ line, column }) => `${line}:${column}`);
  const more = places.length > MAX_PLACES ? ' …' : '';
  return ` In the YAML, line:column in the order of the errors: ${named.join(', ')}${more}`;
}
