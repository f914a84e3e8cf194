import type { CelEnv, CelFunc, CelList, CelMap, CelValue } from '@bufbuild/cel';
import { celEnv, celFunc, celList, CelScalar, isCelUint, listType, mapType } from '@bufbuild/cel';
import type { Registry } from '@bufbuild/protobuf';
import { CONCATENATIONS, withSizeBudget } from './concatenations.js';
import { CONVERSIONS } from './conversions.js';
import { matches } from './regex.js';
import { INTERNAL } from './rewrite.js';
import { TEXT_ORDER } from './text-order.js';
import { TIME_ACCESSORS } from './time-accessors.js';

const { BOOL, DYN, STRING } = CelScalar;
const ANY_LIST = listType(DYN);
const ANY_MAP = mapType(DYN, DYN);

/** Iterations of all comprehensions together that one evaluation may make. */
export const MAX_STEPS = 1_000_000;

/** Remaining iterations of the evaluation under way. Evaluation is synchronous and never nests. */
let remainingSteps = MAX_STEPS;

/**
 * Runs one evaluation under fresh budgets of iterations and of bytes; `exhausted` names the one that ran out, whatever
 * the result became: `||` and `&&` may have absorbed the error.
 */
export function withBudgets<Result>(evaluation: () => Result): {
  readonly result: Result;
  readonly exhausted: string | undefined;
} {
  remainingSteps = MAX_STEPS;
  const { result, exhausted } = withSizeBudget(evaluation);
  if (remainingSteps < 0) {
    return { result, exhausted: 'the expression makes too many iterations' };
  }
  return { result, exhausted: exhausted ? 'the expression makes too large values' : undefined };
}

// The arrays behind accumulators made here: only those may be added to in place.
const GROWING = new WeakMap<CelList, CelValue[]>();

function freshList(): CelList {
  const elements: CelValue[] = [];
  const list = celList(elements);
  GROWING.set(list, elements);
  return list;
}

function append(list: CelList, element: CelValue): CelList {
  GROWING.get(list)?.push(element);
  return list;
}

function countStep(condition: CelValue): CelValue {
  remainingSteps -= 1;
  if (remainingSteps < 0) {
    throw new Error(`more than ${MAX_STEPS} iterations`);
  }
  return condition;
}

/** The library's `has` takes a key that holds null for absent; CEL does not. */
export function seesNullKeys(map: CelMap): CelMap {
  map.has = (key) => map.get(key) !== undefined;
  return map;
}

const INTERNAL_FUNCTIONS: CelFunc[] = [
  celFunc(INTERNAL.list, [], ANY_LIST, freshList),
  celFunc(INTERNAL.append, [ANY_LIST, DYN], ANY_LIST, append),
  celFunc(INTERNAL.step, [DYN], DYN, countStep),
  celFunc(INTERNAL.map, [ANY_MAP], ANY_MAP, checkedMap),
];

/** A map literal as evaluated. The library sees that `0` and `0.0` are one key, but not that `0u` is the same. */
function checkedMap(map: CelMap): CelMap {
  const numbers = new Set<bigint>();
  for (const key of map.keys()) {
    const number = isCelUint(key) ? key.value : key;
    if (typeof number !== 'bigint') {
      continue;
    }
    if (numbers.has(number)) {
      throw new Error(`map key conflict: ${number}`);
    }
    numbers.add(number);
  }
  return seesNullKeys(map);
}

const FUNCTIONS: CelFunc[] = [
  ...CONVERSIONS,
  ...CONCATENATIONS,
  ...TEXT_ORDER,
  ...TIME_ACCESSORS,
  celFunc('matches', [STRING, STRING], BOOL, matches),
  ...INTERNAL_FUNCTIONS,
];

/**
 * An environment with the standard functions only: no extension library, no clock, nothing with an effect.
 * Documents know no protobuf messages beyond the well-known types; the conformance suite brings its own.
 */
export function makeEnvironment(messages: { readonly registry?: Registry; readonly namespace?: string } = {}): CelEnv {
  return celEnv({
    ...messages,
    funcs: FUNCTIONS,
    re2: { compile: (pattern) => ({ test: (text) => matches(text, pattern) }) },
  });
}

/** The environment of all flow expressions. */
export const ENVIRONMENT: CelEnv = makeEnvironment();
