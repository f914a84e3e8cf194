import { flowSchema } from '@flowplane/contracts/flow/editor/flow-schema';
import { EXECUTION_FIELDS, NAMESPACES } from '@flowplane/contracts/flow/expression/bindings';
import { MARK, placeAt, type CursorPlace, type Path } from './cursor-place.js';
import { kindOf, memberOf, schemasAt, withValue, type Schema } from './schema-place.js';

/** Something that may be written at the cursor. */
export type Proposal = {
  readonly label: string;
  readonly kind: 'property' | 'value' | 'name';
  /** What is written; `label` where there is none. */
  readonly apply?: string;
  readonly detail?: string;
  readonly info?: string;
  /** Whether the definition needs it. */
  readonly isNeeded?: boolean;
};

/** Proposals for the text between two offsets. */
export type Proposals = { readonly from: number; readonly to: number; readonly options: readonly Proposal[] };

/** What is known about the word at the cursor. */
export type Hover = { readonly from: number; readonly to: number; readonly title: string; readonly text: string };

let known: Schema | undefined;
const schema = (): Schema => (known ??= flowSchema() as Schema);

/** What may be written at an offset of a definition, by the editor schema and the names that the definition has. */
export function proposalsAt(text: string, offset: number): Proposals | undefined {
  const place = placeAt(text, offset);
  if (place === undefined) return undefined;
  const { from, to, kind, isAlone, path } = place;
  if (kind === 'expression') return expressionNames(place, offset);
  const isItem = typeof path.at(-1) === 'number';
  const options =
    kind === 'value' ? values(place, path) : [...names(place), ...(isAlone && isItem ? values(place, path) : [])];
  return options.length === 0 ? undefined : { from, to, options };
}

/** What a word of a definition means, in a sentence. */
export function hoverAt(text: string, offset: number): Hover | undefined {
  const place = placeAt(text, offset);
  if (place === undefined || place.word === '' || place.kind === 'expression') return undefined;
  const { from, to, word, kind } = place;
  const path = kind === 'key' ? [...place.path, word] : place.path;
  const value = kind === 'key' ? [...place.path, MARK].reduce<unknown>(memberOf, place.document) : word;
  const document = withValue(place.document, path, value);
  const schemas = schemasAt(schema(), document, path);
  const meant = kind === 'value' ? schemas.find(({ const: value }) => value === word) : schemas.find(isDescribed);
  if (meant?.description === undefined) return undefined;
  const type = kind === 'key' ? kindOf(schemas.find((one) => kindOf(one) !== undefined) ?? {}) : undefined;
  return { from, to, title: type === undefined ? word : `${word}: ${type}`, text: meant.description };
}

const isDescribed = ({ description }: Schema): boolean => description !== undefined;

function names({ path, document, word, hasColon }: CursorPlace): readonly Proposal[] {
  const object = path.reduce<unknown>(memberOf, document);
  const taken = new Set(typeof object === 'object' && object !== null ? Object.keys(object) : []);
  const schemas = schemasAt(schema(), document, path);
  const required = new Set(schemas.flatMap((one) => one.required ?? []));
  const found = new Map<string, Schema[]>();
  for (const { properties = {} } of schemas) {
    for (const [name, member] of Object.entries(properties)) {
      if ((taken.has(name) && name !== word) || name === MARK) continue;
      found.set(name, [...(found.get(name) ?? []), member]);
    }
  }
  return [...found].map(([name, members]): Proposal => {
    const detail = members.map(kindOf).find((kind) => kind !== undefined);
    const info = members.find(isDescribed)?.description;
    const isOpened = members.some(({ type }) => type === 'object' || type === 'array');
    return {
      ...{ label: name, kind: 'property', isNeeded: required.has(name) },
      ...(hasColon ? {} : { apply: `${name}:${isOpened ? '' : ' '}` }),
      ...(detail === undefined || detail.startsWith('one of') ? {} : { detail }),
      ...(info === undefined ? {} : { info }),
    };
  });
}

function values({ document }: CursorPlace, path: Path): readonly Proposal[] {
  const schemas = schemasAt(schema(), document, path);
  const choices = new Set(
    schemas.flatMap(({ enum: many = [], const: one, type }) => [
      ...many,
      ...(one === undefined ? [] : [one]),
      ...(type === 'boolean' ? [true, false] : []),
    ]),
  );
  const written = [...choices].map((value): Proposal => {
    const chosen = schemasAt(schema(), withValue(document, path, value), path);
    const info = chosen.find(({ const: one, description }) => one === value && description !== undefined)?.description;
    return { label: String(value), kind: 'value', ...(info === undefined ? {} : { info }) };
  });
  return [...written, ...nodeIds(document, path)];
}

/** Members whose value is the id of a node. */
const NODE_MEMBERS: ReadonlySet<string | number | undefined> = new Set(['next', 'default', 'steps', 'branches']);

function nodeIds(document: unknown, path: Path): readonly Proposal[] {
  if (path[0] !== 'nodes' || path.length < 3) return [];
  const member = typeof path.at(-1) === 'number' ? path.at(-2) : path.at(-1);
  if (!NODE_MEMBERS.has(member) || path.includes('input')) return [];
  return nodesOf(document).flatMap(({ id, type }, index) =>
    typeof id !== 'string' || index === path[1] ? [] : [{ label: id, kind: 'name' as const, detail: String(type) }],
  );
}

/** Names that an expression may begin with, and what comes behind `inputs.` and `nodes.`. */
function expressionNames({ word, document }: CursorPlace, offset: number): Proposals | undefined {
  const [, root, typed = ''] = /(?:^|[^\w.])(?:(inputs|nodes|execution)\.)?([\w-]*)$/.exec(word) ?? [];
  const inputs = Object.keys((memberOf(document, 'inputs') ?? {}) as object);
  const ids = nodesOf(document).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
  const labels =
    root === 'inputs' ? inputs : root === 'nodes' ? ids : root === 'execution' ? EXECUTION_FIELDS : NAMESPACES;
  if (!word.endsWith(typed) || labels.length === 0) return undefined;
  return { from: offset - typed.length, to: offset, options: labels.map((label) => ({ label, kind: 'name' })) };
}

type SomeNode = { readonly id?: unknown; readonly type?: unknown };

function nodesOf(document: unknown): readonly SomeNode[] {
  const nodes = memberOf(document, 'nodes');
  return Array.isArray(nodes)
    ? nodes.filter((node): node is SomeNode => typeof node === 'object' && node !== null)
    : [];
}
