import type { SimpleTest } from '@bufbuild/cel-spec/cel/expr/conformance/test/simple_pb.js';
import type { MapValue_Entry, Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js';
import { getTestRegistry } from '@bufbuild/cel-spec/testdata/registry.js';
import type { CelInput, CelValue } from '@bufbuild/cel';
import { CelScalar, celUint, isCelList, isCelMap, isCelType, isCelUint } from '@bufbuild/cel';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { equals } from '@bufbuild/protobuf';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { compile } from '../src/flow/expression/compile.js';
import { makeEnvironment } from '../src/flow/expression/environment.js';
import { evaluateToCel } from '../src/flow/expression/evaluate.js';

/** The suite's own messages; flow documents know none of them. */
const registry = getTestRegistry();

/** Outcome of one conformance case on our facade: undefined when it passes, else what went wrong. */
export function caseFault(test: SimpleTest): string | undefined {
  const environment = makeEnvironment({ registry, namespace: test.container });
  const compiled = compile(test.expr, {}, environment);
  const result = compiled.ok ? runCompiled(compiled.expression, test) : { ok: false as const, reason: compiled.error };
  switch (test.resultMatcher.case) {
    case 'value':
      return valueFault(result, test.resultMatcher.value);
    case 'typedResult':
      return test.resultMatcher.value.result === undefined
        ? undefined
        : valueFault(result, test.resultMatcher.value.result);
    case 'evalError':
    case 'anyEvalErrors':
      return result.ok ? 'an error was expected' : undefined;
    case undefined:
      return result.ok && result.value === true ? undefined : faultText(result);
    default:
      return `no rule for ${test.resultMatcher.case}`;
  }
}

type Result = ReturnType<typeof evaluateToCel>;

function runCompiled(expression: Parameters<typeof evaluateToCel>[0], test: SimpleTest): Result {
  try {
    const bindings = Object.entries(test.bindings).map(([name, { kind }]): [string, CelInput] => {
      if (kind.case !== 'value') {
        throw new Error(`binding is a ${kind.case}`);
      }
      return [name, inputOf(kind.value)];
    });
    return evaluateToCel(expression, Object.fromEntries(bindings));
  } catch (error) {
    return { ok: false, reason: String(error) };
  }
}

function inputOf({ kind }: Value): CelInput {
  switch (kind.case) {
    case 'nullValue':
      return null;
    case 'uint64Value':
      return celUint(kind.value);
    case 'enumValue':
      return BigInt(kind.value.value);
    case 'listValue':
      return kind.value.values.map(inputOf);
    case 'mapValue':
      return new Map(
        kind.value.entries.map(({ key, value }) => [inputOf(required(key)) as string, inputOf(required(value))]),
      );
    case 'objectValue':
      return required(anyUnpack(kind.value, registry));
    case 'typeValue':
      return required(Object.values(CelScalar).find(({ name }) => name === kind.value));
    case 'boolValue':
    case 'int64Value':
    case 'doubleValue':
    case 'stringValue':
    case 'bytesValue':
      return kind.value;
    case undefined:
      throw new Error('value without a kind');
  }
}

function required<Part>(part: Part | undefined): Part {
  if (part === undefined) {
    throw new Error('not representable: the type is not part of the language');
  }
  return part;
}

function valueFault(result: Result, expected: Value): string | undefined {
  try {
    return result.ok && sameValue(result.value, expected) ? undefined : faultText(result);
  } catch (error) {
    return String(error);
  }
}

function faultText(result: Result): string {
  return result.ok ? `got ${describe(result.value)}` : result.reason;
}

function describe(value: CelValue): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : `${typeof value} ${String(value)}`;
}

/** Same type and same value: an int is no double, NaN equals NaN, the order of a map's keys does not matter. */
function sameValue(actual: CelValue, { kind }: Value): boolean {
  switch (kind.case) {
    case 'nullValue':
      return actual === null;
    case 'uint64Value':
      return isCelUint(actual) && actual.value === kind.value;
    case 'enumValue':
      return actual === BigInt(kind.value.value);
    case 'bytesValue':
      return actual instanceof Uint8Array && String(actual) === String(kind.value);
    case 'listValue': {
      const expected = kind.value.values;
      return (
        isCelList(actual) &&
        actual.size === expected.length &&
        [...actual].every((element, index) => sameValue(element, required(expected[index])))
      );
    }
    case 'mapValue':
      return isCelMap(actual) && sameMap([...actual], kind.value.entries);
    case 'objectValue': {
      const message = required(anyUnpack(kind.value, registry));
      return isReflectMessage(actual) && equals(actual.desc, actual.message, message);
    }
    case 'typeValue':
      return isCelType(actual) && actual.name === kind.value;
    default:
      return Object.is(actual, kind.value);
  }
}

function sameMap(actual: [CelValue, CelValue][], expected: MapValue_Entry[]): boolean {
  return (
    actual.length === expected.length &&
    expected.every(({ key, value }) =>
      actual.some(([name, member]) => sameValue(name, required(key)) && sameValue(member, required(value))),
    )
  );
}
