import type { CelEnv, CelFunc, CelList, CelMap, CelValue } from '@bufbuild/cel';
import { celEnv, celFunc, celList, CelScalar, isCelUint, listType, mapType } from '@bufbuild/cel';
import type { Registry } from '@bufbuild/protobuf';
import { concatenations, withSizeBudget } from './concatenations.js';
import { conversions } from './conversions.js';
import { matches } from './regex.js';
import { internal } from './rewrite.js';
import { timeAccessors } from './time-accessors.js';

const { BOOL, DYN, STRING } = CelScalar;
const anyList = listType(DYN);
const anyMap = mapType(DYN, DYN);

/** Iterations of all comprehensions together that one evaluation may make. */
export const maxSteps = 1_000_000;

/** Remaining iterations of the evaluation under way. Evaluation is synchronous and never nests. */
let remainingSteps = maxSteps;

/**
 * Runs one evaluation under fresh budgets of iterations and of bytes; `exhausted` names the one that ran out, whatever
 * the result became: `||` and `&&` may have absorbed the error.
 */
export function withBudgets<Result>(evaluation: () => Result): { result: Result; exhausted: string | undefined } {
  remainingSteps = maxSteps;
  const { result, exhausted } = withSizeBudget(evaluation);
  if (remainingSteps < 0) {
    return { result, exhausted: 'the expression makes too many iterations' };
  }
  return { result, exhausted: exhausted ? 'the expression makes too large values' : undefined };
}

// The arrays behind accumulators made here: only those may be added to in place.
const growing = new WeakMap<CelList, CelValue[]>();

function freshList(): CelList {
  const elements: CelValue[] = [];
  const list = celList(elements);
  growing.set(list, elements);
  return list;
}

function append(list: CelList, element: CelValue): CelList {
  growing.get(list)?.push(element);
  return list;
}

function countStep(condition: CelValue): CelValue {
  remainingSteps -= 1;
  if (remainingSteps < 0) {
    throw new Error(`more than ${maxSteps} iterations`);
  }
  return condition;
}

/** The library's `has` takes a key that holds null for absent; CEL does not. */
export function seesNullKeys(map: CelMap): CelMap {
  map.has = (key) => map.get(key) !== undefined;
  return map;
}

const internalFunctions: CelFunc[] = [
  celFunc(internal.list, [], anyList, freshList),
  celFunc(internal.append, [anyList, DYN], anyList, append),
  celFunc(internal.step, [DYN], DYN, countStep),
  celFunc(internal.map, [anyMap], anyMap, checkedMap),
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

const functions: CelFunc[] = [
  ...conversions,
  ...concatenations,
  ...timeAccessors,
  celFunc('matches', [STRING, STRING], BOOL, matches),
  ...internalFunctions,
];

/**
 * An environment with the standard functions only: no extension library, no clock, nothing with an effect.
 * Documents know no protobuf messages beyond the well-known types; the conformance suite brings its own.
 */
export function makeEnvironment(messages: { registry?: Registry; namespace?: string } = {}): CelEnv {
  return celEnv({
    ...messages,
    funcs: functions,
    re2: { compile: (pattern) => ({ test: (text) => matches(text, pattern) }) },
  });
}

/** The environment of all flow expressions. */
export const environment: CelEnv = makeEnvironment();
