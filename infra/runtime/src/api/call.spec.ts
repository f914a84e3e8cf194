import { describe, expect, it } from 'vitest';
import { jsonObject, jsonObjectIfAny, refuseUnkeepableAddress, type Call } from './call.js';

const read = (body: string): unknown => jsonObject({ body: Buffer.from(body) } as Call);

describe('a JSON body', () => {
  it.each(['{"a":1e400}', '{"a":[{"b":-1E+309}]}', `{"a":1${'0'.repeat(309)}}`])(
    'with a number that JSON.stringify would make null is refused: %s',
    (body) => {
      expect(() => read(body)).toThrow(/INVALID_JSON/);
    },
  );

  it.each([
    ['{"a":1e308,"b":-1.5E-400}', { a: 1e308, b: -0 }],
    ['{"note":"1e400"}', { note: '1e400' }],
  ])('is read as it is: %s', (body, value) => {
    expect(read(body)).toEqual(value);
  });
});

describe('text that cannot be kept', () => {
  it.each([
    ['{"name":"x\\u0000y"}', '"/name"'],
    ['{"input":{"a":["\\ud83d"]}}', '"/input/a/0"'],
    ['{"a":{"\\u0000":1}}', '"/a"'],
  ])('is refused anywhere in a body: %s', (body, pointer) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'INVALID_TEXT' }) }),
    );
    expect(() => read(body)).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ message: expect.stringContaining(pointer) }) }),
    );
  });

  it('is not an escaped backslash before u0000, nor a whole pair', () => {
    expect(read('{"a":"\\\\u0000","b":"\\ud83d\\udc4d"}')).toEqual({ a: '\\u0000', b: '\u{1f44d}' });
  });

  const address =
    (params: Call['params'], query: Call['query'] = {}, url = '/') =>
    () =>
      refuseUnkeepableAddress({ params, query, url });
  it('is refused in path parameters and queries', () => {
    const code = (expected: string) =>
      expect.objectContaining({ problem: expect.objectContaining({ code: expected }) });
    expect(address({ flowId: 'a\0' })).toThrow(code('INVALID_TEXT'));
    for (const refused of [
      address({}, { actorId: 'a\0' }),
      address({}, { actorId: ['a', '\ud800'] }),
      address({}, { 'a\0': '1' }),
      address({}, {}, '/?actorId=%ff'),
      address({}, {}, '/?actorId=a%ED%A0%80'),
    ]) {
      expect(refused).toThrow(code('INVALID_QUERY'));
    }
    expect(address({ flowId: 'ä' }, { q: 'ö' }, '/?q=%C3%B6&r=100%&s=%zz')).not.toThrow();
  });
});

describe('a body that is needed for nothing', () => {
  const readIfAny = (body: string): unknown => jsonObjectIfAny({ body: Buffer.from(body) });

  it.each(['', 'no JSON', '[1]', '7'])('is empty where it is no JSON object: %s', (body) => {
    expect(readIfAny(body)).toEqual({});
  });

  it('is refused where it is one that cannot be read as it is meant', () => {
    expect(() => readIfAny('{"expectedVersion":9007199254740993}')).toThrow(/INVALID_JSON/);
    expect(() => readIfAny('{"expectedVersion":"\\u0000"}')).toThrow(/INVALID_TEXT/);
  });
});
