import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../json.js';
import { runBindings, triggerBindings } from './bindings.js';
import { compile } from './compile.js';
import { evaluate } from './evaluate.js';

const execution = { id: 'T:W:F:1', flowId: 'F', version: 3, triggerType: 'webhook', startedAtMs: 1_767_225_600_250 };

function outcome(text: string, state: JsonObject = {}, nodes: JsonObject = {}): { value: Json } | { reason: string } {
  const compiled = compile(text);
  if (!compiled.ok) {
    return { reason: compiled.error };
  }
  const result = evaluate(compiled.expression, runBindings({ state, inputs: state, nodes, execution }));
  return result.ok ? { value: result.value } : { reason: result.reason };
}

describe('JSON to CEL (flow-language 6.2)', () => {
  const state = { int: 2, double: 1.5, big: 2 ** 53, bigger: 2 ** 53 + 2, whole: 3.0, none: null, list: [1, [2.5]] };

  test.each([
    'type(int) == type(1)',
    'type(whole) == type(1)',
    'type(double) == type(1.0)',
    'type(big) == type(1)',
    'type(bigger) == type(1.0)',
    'none == null',
    'type(list[0]) == type(1)',
    'type(list[1][0]) == type(1.0)',
    'int < double || int > double',
    'int == 2.0',
    'double(int) * 1.5 == 3.0',
  ])('%s', (text) => {
    expect(outcome(text, state)).toEqual({ value: true });
  });

  test('mixed arithmetic is refused', () => {
    expect(outcome('int * 1.5', state)).toHaveProperty('reason');
  });
});

describe('CEL to JSON (flow-language 6.2)', () => {
  test.each<[string, Json]>([
    ['9007199254740992', 9007199254740992],
    ['-9007199254740992', -9007199254740992],
    ['9007199254740993', '9007199254740993'],
    ['18446744073709551615u', '18446744073709551615'],
    ['5u', 5],
    ['1.0', 1],
    ['b"abc"', 'YWJj'],
    ['timestamp("2026-01-01T00:00:00Z")', '2026-01-01T00:00:00Z'],
    ['timestamp("2026-01-01T00:00:00.5+01:00")', '2025-12-31T23:00:00.500Z'],
    ['duration("1h30m")', '5400s'],
    ['duration("-1.5s")', '-1.500s'],
    ['{1: "a", true: [null], 2u: {}}', { '1': 'a', true: [null], '2': {} }],
    ['{"__proto__": 1}', JSON.parse('{"__proto__": 1}') as Json],
  ])('%s', (text, value) => {
    expect(outcome(text)).toEqual({ value });
  });

  test.each(['0.0 / 0.0', '1.0 / 0.0', 'type(1)', '{1: "a", "1": "b"}', 'google.protobuf.Any{}'])(
    '%s fails',
    (text) => {
      expect(outcome(text)).toHaveProperty('reason');
    },
  );
});

describe('names (flow-language 5.3)', () => {
  const state = { inputs: 'hidden', execution: { own: 1 }, constructor: 'mine', 'a.b': 1, a: { b: 2 }, x: 1, int: 'i' };

  test.each<[string, Json]>([
    ['execution.id', 'T:W:F:1'],
    ['execution.version + 1', 4],
    ['execution.startedAt', '2026-01-01T00:00:00.250Z'],
    ['inputs.execution.own', 1],
    ['inputs.inputs', 'hidden'],
    ['constructor', 'mine'],
    ['a.b', 2],
    ['[5].map(x, x)[0]', 5],
    ['int', 'i'],
    ['int("7")', 7],
    ['nodes["charge-card"].ok', true],
    ['"charge-card" in nodes', true],
    ['has(nodes.review)', false],
  ])('%s', (text, value) => {
    expect(outcome(text, state, { 'charge-card': { ok: true } })).toEqual({ value });
  });

  test.each(['toString', '__proto__', 'hasOwnProperty', 'missing', 'missing.field'])('%s is unknown', (text) => {
    expect(outcome(text)).toHaveProperty('reason', expect.stringContaining('unknown identifier'));
  });

  test('keys that hold null are there', () => {
    expect(outcome('has(x.y) && "y" in x && has({"k": null}.k) && x.y == null', { x: { y: null } })).toEqual({
      value: true,
    });
  });

  test('trigger expressions see event and headers only', () => {
    const compiled = compile('event.total > 10 && headers["x-kind"] == "order"');
    const bindings = triggerBindings({ total: 11 }, { 'x-kind': 'order' });
    expect(compiled.ok && evaluate(compiled.expression, bindings)).toEqual({ ok: true, value: true });
  });
});

describe('conversions and time follow CEL, not the host', () => {
  test.each(['int("")', 'int(" 1")', 'int("0x10")', 'double("")', 'double("x")', 'uint("-1")', 'timestamp(1e30)'])(
    '%s fails',
    (text) => {
      expect(outcome(text)).toHaveProperty('reason');
    },
  );

  test.each<[string, Json]>([
    ['timestamp(1)', '1970-01-01T00:00:01Z'],
    ['timestamp("2026-03-29T02:30:00Z").getHours()', 2],
    ['timestamp("2026-03-08T07:30:00Z").getHours("America/New_York")', 3],
    ['timestamp("2026-06-01T22:30:00Z").getDate("+02:00")', 2],
    ['timestamp("0099-01-01T00:00:00Z").getFullYear()', 99],
    ['timestamp("2024-12-31T00:00:00Z").getDayOfYear()', 365],
    ['matches("abc", "b")', true],
  ])('%s', (text, value) => {
    expect(outcome(text)).toEqual({ value });
  });
});

describe('abuse is refused or stopped', () => {
  test.each([
    ['1 MB', 'a'.repeat(1_000_000)],
    ['one character too many', `"${'x'.repeat(4095)}"`],
    ['deep brackets', `${'('.repeat(1500)}1${')'.repeat(1500)}`],
    ['deep lists', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['deep conditionals', `${'a?b:'.repeat(1000)}1`],
    ['a long sum', `1${'+1'.repeat(1500)}`],
    ['a long selection', `a${'.b'.repeat(1500)}`],
    ['a long index', `a${'[0]'.repeat(1300)}`],
  ])('%s does not parse', (_, text) => {
    expect(outcome(text)).toHaveProperty('reason', expect.stringMatching(/^cannot parse: /));
  });

  test('exactly the longest and deepest legal ones do', () => {
    expect(outcome(`"${'x'.repeat(4094)}"`)).toHaveProperty('value');
    expect(outcome(`${'('.repeat(64)}1${')'.repeat(64)}`)).toEqual({ value: 1 });
    expect(outcome(`1${'+1'.repeat(398)}`)).toEqual({ value: 399 });
    expect(outcome(`true${' && true'.repeat(500)}`)).toEqual({ value: true });
  });

  test('a pattern that makes a backtracking engine hang takes no time', () => {
    expect(outcome('text.matches("^(a+)+$")', { text: `${'a'.repeat(100_000)}b` })).toEqual({ value: false });
  });

  test.each(['"x".matches("(?=a)")', '"x".matches("(a)\\\\1")', '"x".matches("((a{1000}){1000})")'])(
    'RE2 refuses %s',
    (text) => {
      expect(outcome(text)).toHaveProperty('reason');
    },
  );

  test('nested comprehensions end at the step limit, even where an error would be absorbed', () => {
    const list = Array.from({ length: 2000 }, (_, index) => index);
    const endless = 'list.exists(a, list.exists(b, list.exists(c, a + b + c < 0)))';
    expect(outcome(endless, { list })).toEqual({ reason: 'the expression makes too many iterations' });
    expect(outcome(`true || ${endless}`, { list })).toEqual({ value: true });
    expect(outcome(`${endless} || true`, { list })).toEqual({ reason: 'the expression makes too many iterations' });
  });

  test('a long list is mapped in linear time and without recursion', () => {
    const list = Array.from({ length: 200_000 }, (_, index) => index);
    expect(outcome('size(list.map(i, i + 1).filter(i, i % 2 == 0))', { list })).toEqual({ value: 100_000 });
  });

  test('results are bounded while they are converted', () => {
    const text = 'x'.repeat(1_000_000);
    expect(outcome('text + text', { text })).toHaveProperty('value');
    expect(outcome('text + text + text', { text })).toHaveProperty('reason');
    const list = Array.from({ length: 100 }, () => text);
    expect(outcome('list.map(a, list)', { list })).toHaveProperty('reason');
  });
});

describe('standard functions only', () => {
  test.each([
    'now()',
    '"a".upperAscii()',
    'math.abs(1)',
    'cel.bind(x, 1, x)',
    'optional.none()',
    '[1].sum()',
    'x.map(y)',
  ])('%s', (text) => {
    expect(outcome(text, { x: [1] })).toHaveProperty('reason', expect.stringMatching(/^cannot parse: /));
  });
});
