import { closest, didYouMean } from './closest.js';
import type { FlowDefinition, FlowNode } from './document.js';
import { compile } from './expression/compile.js';
import { referencesOf, type References } from './expression/references.js';
import type { Json } from './json.js';
import { expressionsOf } from './places.js';
import { pointerTo } from './pointer.js';
import { runOrder, type RunOrder } from './run-order.js';
import { scanTemplate } from './template.js';
import type { KnownBackends } from './tasks/availability.js';
import { definitionWarnings, MAX_WARNINGS, type Warning } from './warnings.js';

/** Expressions and values that are looked through; what is behind them is left to the run. */
const MAX_EXPRESSIONS = 2000;
const MAX_VALUES = 10_000;
const NODES_WITH_OUTPUT: ReadonlySet<FlowNode['type']> = new Set(['task', 'approval', 'sub-flow']);
/** `{{ x }}` that no dollar sign stands before. */
const BARE_BRACES = /(?<!\$)\{\{([^{}]{1,200})\}\}/g;

/** All warnings of a definition that may be published, in the order of its nodes. Never throws. */
export function publishWarnings(definition: FlowDefinition, backends?: KnownBackends): readonly Warning[] {
  const about = aboutFlow(definition);
  const own = definition.nodes.flatMap((node, index) => nodeWarnings(about, node, `/nodes/${index}`));
  const all = [...definitionWarnings(definition, backends), ...own];
  return all.toSorted((a, b) => indexOf(a) - indexOf(b)).slice(0, MAX_WARNINGS);
}

const indexOf = ({ path }: Warning): number => Number(path.split('/')[2]);

type AboutFlow = {
  readonly order: RunOrder;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** Names of inputs; undefined where a run may have others: none is declared, or a trigger brings its own. */
  readonly declared: readonly string[] | undefined;
  readonly referencesIn: (text: string) => References | undefined;
};

function aboutFlow({ nodes, inputs = {}, triggers = [] }: FlowDefinition): AboutFlow {
  const declared = Object.keys(inputs);
  const isOpen = declared.length === 0 || triggers.some(({ kind }) => kind !== 'cron');
  const known = new Map<string, References | undefined>();
  return {
    order: runOrder({ nodes }),
    nodes: new Map(nodes.map((node) => [node.id, node])),
    declared: isOpen ? undefined : declared,
    referencesIn: (text) => {
      if (known.has(text)) return known.get(text);
      const compiled = known.size >= MAX_EXPRESSIONS ? undefined : compile(text);
      const references = compiled?.ok === true ? referencesOf(compiled.expression.syntax) : undefined;
      if (compiled !== undefined) known.set(text, references);
      return references;
    },
  };
}

function nodeWarnings(about: AboutFlow, node: FlowNode, at: string): Warning[] {
  // What never runs needs no more said about it.
  if (!about.order.isReached(node.id)) return [warning('FLW-W007', node, at, 'is never run: no path leads to it')];
  return [
    ...expressionsOf(node).flatMap((place) =>
      place.ok ? expressionWarnings(about, node, at + place.pointer, place.text) : [],
    ),
    ...stringsOf(node).flatMap(({ pointer, text }) => braceWarnings(about, node, at + pointer, text)),
  ];
}

function expressionWarnings(about: AboutFlow, node: FlowNode, path: string, text: string): Warning[] {
  const references = about.referencesIn(text);
  if (references === undefined) return [];
  const { declared, nodes, order } = about;
  const undeclared = declared === undefined ? [] : [...references.inputs].filter((name) => !declared.includes(name));
  const named = [...new Set([...references.nodes, ...bareNodes(about, references)])];
  return [
    ...undeclared.map((name) =>
      warning('FLW-W006', node, path, `uses the input '${name}', which is not declared`, closest(name, declared ?? [])),
    ),
    ...named.flatMap((id) => {
      const other = nodes.get(id);
      if (other === undefined) return [];
      if (!NODES_WITH_OUTPUT.has(other.type))
        return [warning('FLW-W009', node, path, `uses the output of '${id}', and a ${other.type} has none`)];
      return order.mayPrecede(id, node.id)
        ? []
        : [warning('FLW-W009', node, path, `uses the output of '${id}', which cannot have run then`)];
    }),
  ];
}

/** Nodes by their bare names, where these cannot be inputs. */
function bareNodes({ declared, nodes }: AboutFlow, { roots }: References): readonly string[] {
  if (declared === undefined) return [];
  return [...roots].filter(
    (name) => NODES_WITH_OUTPUT.has(nodes.get(name)?.type ?? 'wait') && !declared.includes(name),
  );
}

function braceWarnings(about: AboutFlow, node: FlowNode, path: string, text: string): Warning[] {
  if (!text.includes('{{')) return [];
  return scanTemplate(text).flatMap((part) => {
    if (part.kind !== 'text') return [];
    const [found] = [...part.text.matchAll(BARE_BRACES)].filter(([, inner = '']) => isOfRun(about, inner.trim()));
    if (found === undefined) return [];
    const [whole] = found;
    return [warning('FLW-W008', node, path, `has ${JSON.stringify(whole)}, which stays as it is`, `$${whole}`)];
  });
}

/** Whether a text is an expression over what a run has: then it was probably meant as one. */
function isOfRun(about: AboutFlow, inner: string): boolean {
  const references = about.referencesIn(inner);
  if (references === undefined || references.roots.size === 0) return false;
  return [...references.roots].every(
    (name) =>
      ['inputs', 'nodes', 'execution'].includes(name) ||
      about.declared?.includes(name) === true ||
      NODES_WITH_OUTPUT.has(about.nodes.get(name)?.type ?? 'wait'),
  );
}

/** String values of the templated places of a node. */
function stringsOf(node: FlowNode): readonly { readonly pointer: string; readonly text: string }[] {
  if (node.type === 'approval') return [{ pointer: '/message', text: node.message ?? '' }];
  if (node.type !== 'task' && node.type !== 'sub-flow') return [];
  const found: { readonly pointer: string; readonly text: string }[] = [];
  const pending: { readonly value: Json; readonly pointer: string }[] = [
    { value: node.input ?? {}, pointer: '/input' },
  ];
  for (let seen = 0; seen < MAX_VALUES; seen += 1) {
    const item = pending.pop();
    if (item === undefined) break;
    const { value, pointer } = item;
    if (typeof value === 'string') found.push({ pointer, text: value });
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value).slice(0, MAX_VALUES).toReversed()) {
        pending.push({ value: member, pointer: pointerTo(pointer, name) });
      }
    }
  }
  return found;
}

function warning(code: Warning['code'], { id }: FlowNode, path: string, rule: string, meant?: string): Warning {
  const hint = didYouMean(meant);
  return { code, nodeId: id, path, message: `${path} ${rule}`, ...(hint === undefined ? {} : { hint }) };
}
