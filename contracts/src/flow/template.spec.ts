import { describe, expect, test } from 'vitest';
import { evaluateInput } from './evaluation.js';
import type { JsonObject } from './json.js';
import { hasExpression, scanTemplate } from './template.js';

const text = (value: string) => ({ kind: 'text', text: value });
const expression = (value: string) => ({ kind: 'expression', text: value });
const fault = (reason: string) => ({ kind: 'fault', reason });

describe('scanTemplate', () => {
  test.each([
    ['', []],
    ['plain $ text }} {{', [text('plain $ text }} {{')]],
    ['${{ n }}', [expression('n')]],
    ['a${{n}}b${{ m }}', [text('a'), expression('n'), text('b'), expression('m')]],
    ['$${{ n }}', [text('${{ n }}')]],
    ['$$${{ n }}', [text('$${{ n }}')]],
    ['$${{ a }}${{ b }}', [text('${{ a }}'), expression('b')]],
    ['${{ {"k": {"v": 1}} }}', [expression('{"k": {"v": 1}}')]],
    ['${{{"a":1}}}', [expression('{"a":1}')]],
    ['${{ "}}" + \'}}\' }}', [expression('"}}" + \'}}\'')]],
    ['${{ "\\"}}" }}', [expression('"\\"}}"')]],
    ['${{ r\'\\\' + "}}" }}', [expression('r\'\\\' + "}}"')]],
    ['${{ bR"\\" }}', [expression('bR"\\"')]],
    ['${{ """ "}} """ }}', [expression('""" "}} """')]],
    ["${{ '''it's }}''' }}x", [expression("'''it's }}'''"), text('x')]],
    ['${{ f([{"a": (1)}]) }}', [expression('f([{"a": (1)}])')]],
    ['${{ a // "don\'t }} b', [expression('a // "don\'t'), text(' b')]],
    ['${{ a // (\n + 1 }}', [expression('a // (\n + 1')]],
    ['${{ }}', [expression('')]],
    ['${{ n', [fault('unterminated ${{')]],
    ['${{ "}}', [fault('unterminated ${{')]],
    ['${{ {"a": 1 }}', [fault('unmatched "}"')]],
    ['${{ {"a": 1 }', [fault('unterminated ${{')]],
    ['x ${{ (] }} y ${{ n }}', [text('x '), fault('unmatched "]"'), text(' y '), expression('n')]],
    ['${{ a } }}', [fault('unmatched "}"')]],
    ['${{ a) }}', [fault('unmatched ")"')]],
  ])('%j', (template, parts) => {
    expect(scanTemplate(template)).toEqual(parts);
  });

  test('hasExpression', () => {
    expect(hasExpression('PT1S')).toBe(false);
    expect(hasExpression('$${{ n }}')).toBe(false);
    expect(hasExpression('PT${{ n }}S')).toBe(true);
    expect(hasExpression('${{')).toBe(true);
  });
});

const state: JsonObject = { n: 2, user: { id: 'u1' }, tags: ['a', 'b'], off: null };
const execution = { id: 'e', flowId: 'f', version: 3, triggerType: 'manual', startedAtMs: 1_767_225_600_000 };
const context = { state, inputs: state, nodes: { 'charge-card': { result: { total: 7 } } }, execution };

function evaluated(template: string) {
  const result = evaluateInput({ input: { value: template } }, context);
  return result.ok ? result.input['value'] : result.code;
}

describe('templates of flow-language 7.2', () => {
  test.each([
    ['${{ n }}', 2],
    ['n=${{ n }}', 'n=2'],
    ['${{ user }}', { id: 'u1' }],
    ['${{ {"k": {"v": n + 1}} }}', { k: { v: 3 } }],
    ['${{ tags.map(t, t + "!") }}', ['a!', 'b!']],
    ['$${{ n }}', '${{ n }}'],
    ['${{ inputs.missing }}', 'InvalidExpression'],
    [' ${{ n }}', ' 2'],
    ['${{ n }}${{ n }}', '22'],
    ['<${{ off }}>', '<>'],
    ['${{ user }} ${{ tags }} ${{ n == 2 }} ${{ 1.5 }}', '{"id":"u1"} ["a","b"] true 1.5'],
    ['at ${{ execution.startedAt }}', 'at 2026-01-01T00:00:00Z'],
    ['for ${{ duration("90m") }}', 'for 5400s'],
    ['${{ nodes["charge-card"].result.total }}', 7],
    ['${{ execution.version + 1 }}', 4],
    ['${{ 1 + }}', 'InvalidExpression'],
    ['${{ n', 'InvalidExpression'],
  ])('%j', (template, expected) => {
    expect(evaluated(template)).toEqual(expected);
  });

  test('keys are literal, values are templated at any depth', () => {
    const input = { '${{ n }}': [{ deep: ['${{ n }}', 5, null, true] }] };
    expect(evaluateInput({ input }, context)).toEqual({
      ok: true,
      input: { '${{ n }}': [{ deep: [2, 5, null, true] }] },
    });
    expect(evaluateInput({}, context)).toEqual({ ok: true, input: {} });
  });

  test('an input that grows beyond the limit is stopped', () => {
    const big = { ...context, inputs: { text: 'x'.repeat(1000) } };
    const input = { list: Array.from({ length: 10 }, () => '${{ inputs.text }}') };
    expect(evaluateInput({ input }, big, { maxInputBytes: 5000 })).toMatchObject({
      ok: false,
      code: 'PAYLOAD_TOO_LARGE',
    });
    expect(evaluateInput({ input }, big, { maxResultBytes: 900 })).toMatchObject({
      ok: false,
      code: 'InvalidExpression',
    });
  });
});
