import { describe, expect, test } from 'vitest';
import type { Json } from '../json.js';
import { runBindings } from './bindings.js';
import { compile } from './compile.js';
import { evaluate } from './evaluate.js';
import { staticFault } from './static-check.js';

const execution = { id: 'T:W:F:1', flowId: 'F', version: 3, triggerType: 'manual', startedAtMs: 0 };

function valueOf(text: string, state: { readonly [key: string]: Json } = {}): Json | { readonly reason: string } {
  const compiled = compile(text);
  if (!compiled.ok) {
    return { reason: compiled.error };
  }
  const result = evaluate(compiled.expression, runBindings({ state, inputs: state, nodes: {}, execution }));
  return result.ok ? result.value : { reason: result.reason };
}
const reasonOf = (text: string): unknown => (valueOf(text) as { readonly reason?: string } | null)?.reason;

describe('identifiers that begin with true or false', () => {
  const state = { falsePositives: 4, true_: 1, false1: [1, 2], trueX: { falseY: 'y' }, arueX: 'another', truefalse: 5 };

  test.each<[string, Json]>([
    ['falsePositives > 3', true],
    ['true_ + falsePositives', 5],
    ['trueX.falseY + arueX', 'yanother'],
    ['inputs.trueX.falseY', 'y'],
    ['{"a": trueX.falseY, "trueX": "trueX"}', { a: 'y', trueX: 'trueX' }],
    ['false1.map(trueItem, trueItem * 2)', [2, 4]],
    ['false1.exists(false2, false2 == 2) ? true_ : falsePositives', 1],
    ['has(trueX.falseY) && !has(trueX.falseZ)', true],
    ['1 in false1 && true && !false', true],
    ['[true, false, truefalse] // trueX "\\q"', [true, false, 5]],
    ['trueX . falseY', 'y'],
  ])('%s', (text, value) => {
    expect(valueOf(text, state)).toEqual(value);
  });

  test('are named as they were written where they are unknown or misplaced', () => {
    expect(reasonOf('truest')).toBe("unknown identifier 'truest'");
    expect(reasonOf('truest(1)')).toBe("cannot parse: unknown function 'truest'");
    expect(reasonOf('1 falsehood')).toBe('cannot parse: unexpected "f" at line 1, column 3');
    const compiled = compile('trueList.all(falseItem, falseItem) && falsehood');
    const scope = { nodeIds: undefined, roots: new Set(['trueList']) };
    expect(compiled.ok && staticFault(compiled.expression, scope)).toBe("unknown identifier 'falsehood'");
  });

  test('do not make true and false less reserved', () => {
    expect(reasonOf('inputs.true')).toMatch(/^cannot parse/);
    expect(reasonOf('inputs.map(true, 1)')).toMatch(/^cannot parse/);
  });
});

describe('escapes in text literals', () => {
  test.each([
    ['"\\q"', "unknown escape '\\q' at line 1, column 2"],
    ['"a" + \'\\d\'', "unknown escape '\\d' at line 1, column 8"],
    ['1 +\n"""\n\\z"""', "unknown escape '\\z' at line 3, column 1"],
    ['b"\\8"', "unknown escape '\\8' at line 1, column 3"],
    ['"\\x4"', "unknown escape '\\x' at line 1, column 2"],
    ['"\\u12"', "unknown escape '\\u' at line 1, column 2"],
    ['"\\12"', "unknown escape '\\1' at line 1, column 2"],
    ['"\\400"', "unknown escape '\\4' at line 1, column 2"],
    ['"\\👍"', "unknown escape '\\👍' at line 1, column 2"],
    ['"\\ud83d\\udc4d"', "escape '\\ud83d' is no character at line 1, column 2"],
    ['"\\U00110000"', "escape '\\U00110000' is no character at line 1, column 2"],
  ])('%s: %s', (text, detail) => {
    expect(reasonOf(text)).toBe(`cannot parse: ${detail}`);
  });

  test.each<[string, Json]>([
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\"\\\'\\`"', '\x07\b\f\n\r\t\v\\?"\'`'],
    ['"\\x41\\X42\\103\\u0044\\U0001F44D"', 'ABCD👍'],
    ['r"\\q\\d"', '\\q\\d'],
    ['size(br"\\q")', 2],
    ['"\\\\q"', '\\q'],
    ['1 // \\q "\\q"', 1],
  ])('%s is one', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });
});

describe('order of texts', () => {
  test.each([
    '"\\uffff" < "👍"',
    '"👍" > "\\ue000"',
    '"a👍" >= "a\\uffff"',
    '!("👍" <= "\\uffff")',
    '"👍" < "👎"',
    '"a" < "ab" && "" < "a" && "b" > "ab"',
    '"x" <= "x" && "x" >= "x" && !("x" < "x")',
    '"\\ud7ff" < "\\ue000"',
  ])('is that of code points: %s', (text) => {
    expect(valueOf(text)).toBe(true);
  });
});

describe('times and durations', () => {
  test.each([
    'timestamp("2026-02-30T00:00:00Z")',
    'timestamp("2026-02-29T00:00:00Z")',
    'timestamp("2026-01-01T24:00:00Z")',
    'timestamp("0000-12-31T00:00:00Z")',
    'timestamp("2026-01-01")',
    'timestamp("2026-01-01T00:00:00Z").getHours("+99:99")',
    'duration("")',
    'duration("-")',
    'duration("s")',
    'duration(".s")',
    'duration("1")',
    'duration("1d")',
    'duration("1 s")',
    'duration(" 1s")',
    'duration("1s-1s")',
    'duration("1µs")',
    'duration("PT1S")',
    'duration("99999999h")',
  ])('that do not exist are errors: %s', (text) => {
    expect(compile(text).ok).toBe(true);
    expect(reasonOf(text)).toEqual(expect.any(String));
  });

  test.each<[string, Json]>([
    ['duration("0")', '0s'],
    ['duration("-0")', '0s'],
    ['duration("0s")', '0s'],
    ['duration("-1.5h")', '-5400s'],
    ['duration("1m6s")', '66s'],
    ['duration("1h2m3s4ms5us6ns")', '3723.004005006s'],
    ['timestamp("2024-02-29T00:00:00Z")', '2024-02-29T00:00:00Z'],
    ['timestamp("2026-01-01T00:00:00.123456789Z")', '2026-01-01T00:00:00.123456789Z'],
  ])('that exist are read: %s', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });
});
