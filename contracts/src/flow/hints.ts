import { isJsonObject, type Json } from './json.js';
import { NODE_TYPES } from './document.js';
import { pointerTokens } from './pointer.js';
import { nodeSchema, rootSchema } from './structural-schema.js';
import { taskTypes } from './task-types.js';

/** Longer words are nobody's slip of the pen. */
const MAX_WORD = 64;

/**
 * The candidate a word was probably meant to be: not more than a third of its letters differ, case aside.
 *
 * @returns undefined when none is near
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  let best: string | undefined;
  let allowed = Math.max(1, Math.floor(word.length / 3));
  for (const candidate of candidates) {
    const distance = distanceWithin(word.toLowerCase(), candidate.toLowerCase(), allowed);
    if (distance === undefined || candidate === word) continue;
    best = candidate;
    if (distance === 0) return best;
    allowed = distance - 1;
  }
  return best;
}

/** Letters to insert, remove, replace, or swap with their neighbours; undefined: more than `most`. */
function distanceWithin(one: string, other: string, most: number): number | undefined {
  if (most < 0 || Math.abs(one.length - other.length) > most) return undefined;
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const isSame = one[row - 1] === other[at - 1];
      const isSwapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      const replaced = (above[at - 1] as number) + (isSame ? 0 : 1);
      const swapped = isSwapped ? (before[at - 2] as number) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, (above[at] as number) + 1, (current[at - 1] as number) + 1));
    }
    if (Math.min(...current) > most && Math.min(...above) > most) return undefined;
    [before, above] = [above, current];
  }
  const distance = above[other.length] as number;
  return distance <= most ? distance : undefined;
}

type Named = { readonly code: string; readonly message: string; readonly path?: string };

/** What the author of a definition probably meant where an error names a word: `Did you mean "next"?` */
export function hintFor(error: Named, document: Json): string | undefined {
  const meant = error.code === 'FLW-E000' ? memberMeant(error, document) : nameMeant(error, document);
  return meant === undefined ? undefined : `Did you mean ${JSON.stringify(meant)}?`;
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
