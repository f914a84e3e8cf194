import { closest, didYouMean } from './closest.js';
import { isJsonObject, type Json } from './json.js';
import { NODE_TYPES } from './document.js';
import { pointerTokens } from './pointer.js';
import { nodeSchema, rootSchema } from './structural-schema.js';
import { taskTypes } from './tasks/catalogue.js';

type Named = { readonly code: string; readonly message: string; readonly path?: string };

/** What the author of a definition probably meant where an error names a word: `Did you mean "next"?` */
export function hintFor(error: Named, document: Json): string | undefined {
  const meant = error.code === 'FLW-E000' ? memberMeant(error, document) : nameMeant(error, document);
  return didYouMean(meant);
}

function memberMeant({ message, path = '' }: Named, document: Json): string | undefined {
  const [, unknown] = /must not have additional properties \("(.*)"\)$/s.exec(message) ?? [];
  if (unknown !== undefined) return closest(unknown, propertiesAt(document, path));
  const [, choices] = /must be one of (".*")$/s.exec(message) ?? [];
  const value = choices === undefined ? undefined : valueAt(document, pointerTokens(path));
  if (choices === undefined || typeof value !== 'string') return undefined;
  return closest(value, JSON.parse(`[${choices}]`) as string[]);
}

function nameMeant({ code, message }: Named, document: Json): string | undefined {
  const pattern =
    code === 'FLW-E003' ? /unknown node '(.*)' \(/s : code === 'FLW-E006' ? /task type '(.*)'\.$/s : undefined;
  const [, name] = pattern?.exec(message) ?? [];
  if (name === undefined) return undefined;
  return closest(name, code === 'FLW-E003' ? nodeIds(document) : taskTypes().map(({ id }) => id));
}

function nodeIds(document: Json): readonly string[] {
  const nodes = isJsonObject(document) ? document['nodes'] : undefined;
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node) => (isJsonObject(node) && typeof node['id'] === 'string' ? [node['id']] : []));
}

function valueAt(document: Json, tokens: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const token of tokens) {
    if (Array.isArray(value)) value = value[Number(token)];
    else value = isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
  }
  return value;
}

type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
};

/** The members that an object of a definition may have, by its pointer. */
function propertiesAt(document: Json, path: string): readonly string[] {
  const tokens = pointerTokens(path);
  const inNode = tokens[0] === 'nodes' && tokens.length > 1;
  const type = inNode ? valueAt(document, [...tokens.slice(0, 2), 'type']) : undefined;
  const known = NODE_TYPES.find((one) => one === type);
  if (inNode && known === undefined) return [];
  let schema: Schema | undefined = known === undefined ? rootSchema(1, 1) : nodeSchema(known);
  for (const token of tokens.slice(inNode ? 2 : 0)) {
    schema = schema?.properties?.[token] ?? schema?.items ?? schema?.additionalProperties;
  }
  return Object.keys(schema?.properties ?? {});
}
