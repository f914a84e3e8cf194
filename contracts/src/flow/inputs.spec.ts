import { expect, test } from 'vitest';
import type { InputDeclaration } from './document.js';
import { applyInputDefaults, checkInputs } from './inputs.js';

const inputs: Record<string, InputDeclaration> = {
  text: { type: 'string', required: true },
  number: { type: 'number', default: 5 },
  flag: { type: 'boolean' },
  map: { type: 'object', default: null },
  list: { type: 'array', required: true, default: [] },
};

test('defaults fill absent keys only; other keys stay', () => {
  const input = { number: 0, extra: [1] };
  expect(applyInputDefaults({ inputs }, input)).toEqual({ number: 0, extra: [1], map: null, list: [] });
  expect(input).toEqual({ number: 0, extra: [1] });
  expect(applyInputDefaults({}, input)).toEqual(input);
});

test('the strict check names what is missing or of a wrong type', () => {
  expect(checkInputs({ inputs }, { text: 'a', number: 1, flag: false, map: {}, list: [], extra: 1 })).toEqual([]);
  expect(checkInputs({ inputs }, { number: '1', flag: 0, map: null, list: {} })).toEqual([
    { input: 'text', message: "Input 'text' is required." },
    { input: 'number', message: "Input 'number' must be of type number." },
    { input: 'flag', message: "Input 'flag' must be of type boolean." },
    { input: 'map', message: "Input 'map' must be of type object." },
    { input: 'list', message: "Input 'list' must be of type array." },
  ]);
});
