import type { FlowNode } from './document.js';
import type { Json } from './json.js';
import { isJsonObject } from './json.js';
import { pointerTo } from './pointer.js';
import { scanTemplate } from './template.js';

/** A templated string of a node, with its pointer below the node: `/input/body/order`, `/duration`. */
export type TemplatePlace = {
  readonly pointer: string;
  readonly template: string;
};

/** An expression of a node: an arm's `when` (whole string) or the inside of one `${{ … }}`. */
export type ExpressionPlace =
  | { readonly pointer: string; readonly ok: true; readonly text: string }
  | { readonly pointer: string; readonly ok: false; readonly reason: string };

/** Every templated string of a node (flow-language 7.1), `input` depth-first in key order. */
export function templatePlaces(node: FlowNode): TemplatePlace[] {
  switch (node.type) {
    case 'task':
    case 'sub-flow':
      return node.input === undefined ? [] : stringsIn(node.input, '/input');
    case 'wait':
      return [{ pointer: '/duration', template: node.duration }];
    case 'approval':
      return node.message === undefined ? [] : [{ pointer: '/message', template: node.message }];
    default:
      return [];
  }
}

/** Every expression of a node in the order of flow-language 3.1. One that cannot be read carries the reason. */
export function expressionsOf(node: FlowNode): ExpressionPlace[] {
  if (node.type === 'branch') {
    return node.arms.map(({ when }, index) => ({ pointer: `/arms/${index}/when`, ok: true, text: when }));
  }
  return templatePlaces(node).flatMap(({ pointer, template }) =>
    scanTemplate(template).flatMap((part): ExpressionPlace[] => {
      switch (part.kind) {
        case 'expression':
          return [{ pointer, ok: true, text: part.text }];
        case 'fault':
          return [{ pointer, ok: false, reason: `cannot parse: ${part.reason}` }];
        case 'text':
          return [];
      }
    }),
  );
}

/** String values in a JSON value that may be nested deeper than the stack: collected with a stack of our own. */
function stringsIn(root: Json, rootPointer: string): TemplatePlace[] {
  const found: TemplatePlace[] = [];
  const pending: { readonly value: Json; readonly pointer: string }[] = [{ value: root, pointer: rootPointer }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { value, pointer } = item;
    if (typeof value === 'string') {
      if (value.includes('${{')) {
        found.push({ pointer, template: value });
      }
    } else if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0; index--) {
        pending.push({ value: value[index] ?? null, pointer: pointerTo(pointer, index) });
      }
    } else if (isJsonObject(value)) {
      for (const [key, member] of Object.entries(value).reverse()) {
        pending.push({ value: member, pointer: pointerTo(pointer, key) });
      }
    }
  }
  return found;
}
