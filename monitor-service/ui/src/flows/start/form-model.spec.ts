import { describe, expect, it } from 'vitest';
import { fieldsOf, inputOf, inputOfJson, jsonOf, notForFields, type Declarations } from './form-model.js';

const DECLARED: Declarations = {
  order: { type: 'string', required: true, description: 'Its number.' },
  amount: { type: 'number', default: 10 },
  urgent: { type: 'boolean' },
  items: { type: 'array' },
  meta: { type: 'object' },
};
const form = (texts: Readonly<Record<string, string>>) => inputOf(DECLARED, { texts, others: {} });

describe('a start form', () => {
  it('gives each text its type, and leaves out what is empty', () => {
    expect(form({ order: '0012', amount: '2.5', urgent: 'true', items: '[1]', meta: '' })).toEqual({
      input: { order: '0012', amount: 2.5, urgent: true, items: [1] },
      faults: {},
    });
  });

  it('says what is missing or of another type, by name', () => {
    const { faults } = form({ amount: 'ten', urgent: '1', items: '{}', meta: '[' });
    expect(Object.keys(faults).toSorted()).toEqual(['amount', 'items', 'meta', 'order', 'urgent']);
    expect([faults['order'], faults['amount']]).toEqual([
      "Input 'order' is required.",
      'This must be a number, such as 12.5.',
    ]);
  });

  it('asks for nothing that has a default', () => {
    const declared: Declarations = { a: { type: 'number', required: true, default: 1 } };
    expect(inputOf(declared, { texts: {}, others: {} })).toEqual({ input: {}, faults: {} });
  });

  it('shows an input that was written as JSON, and keeps what is not declared', () => {
    const input = { order: 'o-1', amount: 3, items: ['a'], note: 'hello', urgent: 'yes' };
    const fields = fieldsOf(DECLARED, input);
    expect(fields).toEqual({
      texts: { order: 'o-1', amount: '3', urgent: '"yes"', items: '["a"]', meta: '' },
      others: { note: 'hello' },
    });
    expect(inputOf(DECLARED, { ...fields, texts: { ...fields.texts, urgent: 'false' } }).input).toEqual({
      ...input,
      urgent: false,
    });
  });

  it('becomes JSON while something is missing, and says what it would lose', () => {
    expect(jsonOf(DECLARED, { texts: { amount: '3' }, others: {} })).toEqual({
      json: '{\n  "amount": 3\n}',
      faults: {},
    });
    const { faults } = jsonOf(DECLARED, { texts: { amount: 'ten', items: '[1' }, others: {} });
    expect(Object.keys(faults)).toEqual(['amount', 'items']);
  });

  it('does not show what it would send as something else', () => {
    expect(notForFields(DECLARED, { order: '', amount: 3, items: [1], note: '' })).toEqual(['order']);
    expect(notForFields(DECLARED, { order: 5 })).toEqual(['order']);
    // Of another type: the field shows it, with the fault.
    expect(notForFields(DECLARED, { order: 'o', urgent: 'yes', amount: null })).toEqual([]);
  });

  it.each([
    ['[1]', /must be a JSON object/],
    ['{"a":', /not JSON/],
    ['', undefined],
  ])('reads JSON %s', (text, fault) => {
    if (fault === undefined) expect(inputOfJson(text)).toEqual({});
    else expect(() => inputOfJson(text)).toThrow(fault);
  });
});
