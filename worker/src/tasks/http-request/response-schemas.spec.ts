import type { Json, JsonObject } from '@flowplane/contracts';
import { makeLogger } from '@flowplane/plumbing/logging';
import { afterAll, describe, expect, it } from 'vitest';
import { taskErrorOf } from '../../../test/tasks/attempts.js';
import { makeResponseSchemas } from './response-schemas.js';

const schemas = makeResponseSchemas({
  logger: makeLogger({ service: 'test', level: 'silent' }),
  threadFile: new URL('../../../dist/tasks/http-request/response-schema-thread.js', import.meta.url),
});
afterAll(() => schemas.close());

const turn = { tenant: 't1', signal: new AbortController().signal };
const check = (schema: JsonObject): Promise<void> => schemas.requireSchema(schema, turn);
const fit = (schema: JsonObject, value: Json): Promise<void> => schemas.requireFit(schema, value, turn);

describe('a schema', () => {
  it.each<[string, JsonObject]>([
    ['empty', {}],
    [
      'with its draft',
      { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'https://a.example/s', type: 'string' },
    ],
    [
      'with places of its own',
      { definitions: { a: { type: 'string' } }, properties: { x: { $ref: '#/definitions/a' } } },
    ],
    ['that refers to itself', { properties: { next: { $ref: '#' } } }],
    ['with what nobody knows', { 'x-mine': 1, format: 'no-format' }],
    ['with a pattern that looks ahead', { pattern: '^(?=.*a)b' }],
  ])('may be %s', async (_what, schema) => {
    expect(await check(schema)).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['wrong', { type: 'nothing' }],
    ['of another draft', { $schema: 'https://json-schema.org/draft/2020-12/schema' }],
    ['elsewhere', { $ref: 'https://a.example/schema.json' }],
    ['on disk', { $ref: 'file:///etc/passwd' }],
    ['nowhere', { $ref: '#/definitions/none' }],
    ['asynchronous', { $async: true, type: 'string' }],
    ['with a pattern that is none', { pattern: '(' }],
    ['too large', { enum: ['x'.repeat(70_000)] }],
  ])('may not be %s', async (_what, schema) => {
    const error = await taskErrorOf(check(schema));
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
    expect(error.message).toContain('/responseSchema');
    expect(error.message.length).toBeLessThan(300);
  });

  it('of one call is unknown to the next', async () => {
    await check({ $id: 'https://a.example/s', type: 'string' });
    expect((await taskErrorOf(check({ $ref: 'https://a.example/s' }))).code).toBe('VALIDATION_ERROR');
    await fit({ $id: 'https://a.example/s', type: 'number' }, 5);
    expect((await taskErrorOf(fit({ $id: 'https://a.example/s', type: 'string' }, 5))).code).toBe('RESPONSE_INVALID');
  });
});

describe('an answer', () => {
  it('is compared with its own schema, of however many there are', async () => {
    for (const round of [1, 2]) {
      for (let size = 0; size < 40; size += 1) {
        const items = Array.from({ length: size }, () => round);
        expect(await fit({ type: 'array', minItems: size, maxItems: size }, items)).toBeUndefined();
      }
    }
  });

  it('is compared with all that draft-07 knows', async () => {
    await fit({ if: { type: 'string' }, else: { enum: [1, 2] } }, 2);
    await fit({ contains: { exclusiveMinimum: 5 }, propertyNames: { pattern: '^x' } }, [6]);
    const error = await taskErrorOf(fit({ additionalProperties: { type: 'string' } }, { 'a-name-of-the-server': 1 }));
    expect(error).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false });
    expect(error.message).toBe('The answer does not fit responseSchema at #/additionalProperties/type.');
  });

  it('has the names of its own members only', async () => {
    expect((await taskErrorOf(fit({ required: ['toString'] }, {}))).code).toBe('RESPONSE_INVALID');
  });

  it('that a pattern would look at for ever is given up, and the next one is checked', async () => {
    const error = await taskErrorOf(fit({ pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`));
    expect(error).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false });
    expect(error.message).toContain('takes longer than 1000 ms');
    await fit({ pattern: '^a+$' }, 'aaa');
  });

  it('that is looked at again and again on every level is given up', async () => {
    const level = (name: string, next: string): [string, JsonObject] => [
      name,
      { allOf: [{ $ref: `#/definitions/${next}` }, { $ref: `#/definitions/${next}` }] },
    ];
    const names = Array.from({ length: 40 }, (_, index) => `l${index}`);
    const definitions = Object.fromEntries([
      ...names.map((name, index) => level(name, names[index + 1] ?? 'end')),
      ['end', {}],
    ]);
    const error = await taskErrorOf(fit({ definitions, $ref: '#/definitions/l0' }, 1));
    expect(error.code).toBe('RESPONSE_INVALID');
    expect(error.message).toContain('takes longer');
  });
});

describe('where no thread is free', () => {
  const tight = makeResponseSchemas({
    ...{ logger: makeLogger({ service: 'test', level: 'silent' }), queue: { max: 0, maxOfTenant: 0, waitMs: 60_000 } },
    threadFile: new URL('../../../dist/tasks/http-request/response-schema-thread.js', import.meta.url),
  });
  afterAll(() => tight.close());

  it('no request is sent, and the answer to one that was is checked later', async () => {
    await tight.requireSchema({}, turn);
    const long = taskErrorOf(tight.requireFit({ pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`, turn));
    const refused = await taskErrorOf(tight.requireSchema({}, turn));
    expect(refused).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    const fits = tight.requireFit({ type: 'number' }, 5, turn);
    const misfit = taskErrorOf(tight.requireFit({ type: 'number' }, 'x', turn));
    expect(await fits).toBeUndefined();
    expect((await misfit).code).toBe('RESPONSE_INVALID');
    expect((await long).code).toBe('RESPONSE_INVALID');
  });
});
