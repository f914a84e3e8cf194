import { expect, it } from 'vitest';
import { sentBody, sentParameters, sentValue } from './template-body.js';

const sent = (body: string | Buffer, format: 'json' | 'yaml' = 'json') => ({ body: Buffer.from(body), format });
const MARK = '\uFEFF';
const INVALID = 'IOException: template content invalid for specified Content-Type.';
const NO_UTF8 = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]);

it('a body may have a byte order mark, and a blank one is none', () => {
  for (const format of ['json', 'yaml'] as const) {
    expect(sentBody(sent(`${MARK}{"a": "b"}`, format))).toEqual({ ok: true, value: { a: 'b' } });
    expect(sentBody(sent(`${MARK} \n`, format))).toBeUndefined();
    expect(sentParameters(sent(`${MARK}{"a": "b"}`, format), [['c', 'd']])).toEqual({ a: 'b', c: 'd' });
    expect(sentParameters(sent('', format), [])).toEqual({});
    expect(sentValue(sent('', format))).toBeUndefined();
  }
});

it.each([
  ['no UTF-8', NO_UTF8, 'json'],
  ['no UTF-8', NO_UTF8, 'yaml'],
  ['no JSON', '{"a":', 'json'],
  ['no YAML', 'a: [', 'yaml'],
] as const)('a body that is %s is refused, by all readers', (_what, body, format) => {
  const call = sent(body as Buffer, format);
  expect(sentBody(call)).toEqual({ ok: false, error: { status: 400, message: INVALID } });
  expect(sentValue(call)).toBeNull();
  expect(() => sentParameters(call, [])).toThrow('Request body parsing failed');
});

it('a text that cannot be kept is refused, with its place', () => {
  expect(() => sentBody(sent('{"a":["\\u0000"]}'))).toThrow('The text at "/a/0" of the request body');
});
