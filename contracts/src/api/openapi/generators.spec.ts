import { describe, expect, it } from 'vitest';
import { pointerTo } from '../../flow/pointer.js';
import { makeComponents } from './components.js';
import { apiDocument } from './document.js';

type Schema = Readonly<Record<string, unknown>>;

const document = apiDocument();
const NAMED = /^\/components\/schemas\/[^/]+$/;

/** Every object of the document that is a schema of a JSON object or a choice of texts, with the pointer to it. Generators pass over extensions. */
function schemas(value: unknown = document, at = ''): readonly (readonly [at: string, schema: Schema])[] {
  if (typeof value !== 'object' || value === null || /\/(?:examples?|default|x-task-types)$/.test(at)) return [];
  const below = Object.entries(value).flatMap(([key, member]) => schemas(member, pointerTo(at, key)));
  const { type, enum: choice } = value as Schema;
  return type === 'object' || Array.isArray(choice) ? [[at, value as Schema], ...below] : below;
}

const found = schemas();
const members = ({ properties = {} }: Schema): number => Object.keys(properties as object).length;

describe('the OpenAPI document, for generators of clients', () => {
  it('names every object with members and every choice of texts', () => {
    const unnamed = found.filter(([at, schema]) => (members(schema) > 0 || 'enum' in schema) && !NAMED.test(at));
    expect(
      unnamed.map(([at]) => at),
      'Give each of these an $id: generators make up names for them, and these collide.',
    ).toEqual([]);
    expect(found.length).toBeGreaterThan(100);
  });

  it('says of every object without members whether it may have any', () => {
    const unclear = found.filter(
      ([, schema]) => schema['type'] === 'object' && members(schema) === 0 && !('additionalProperties' in schema),
    );
    expect(
      unclear.map(([at]) => at),
      'Use JsonObjectShape where any JSON object is meant, closed({}) where an empty one is.',
    ).toEqual([]);
  });

  it('has no two names that are one in a language that writes them in another case', () => {
    const names = Object.keys(document.components.schemas).map((name) =>
      name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('is not made when one name is given to two schemas', () => {
    const { place } = makeComponents();
    place({ $id: 'Thing', type: 'string' });
    expect(place({ $id: 'Thing', type: 'string' })).toEqual({ $ref: '#/components/schemas/Thing' });
    expect(() => place({ $id: 'Thing', type: 'integer' })).toThrow('Two schemas of the document have the name Thing');
  });

  it('refers to the refusals of each status, and names those that the operation has', () => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods)) {
        // Refusals of templates have no codes.
        if ((operation['tags'] as readonly string[]).includes('template')) continue;
        const codes = operation['x-problem-codes'] as Readonly<Record<string, readonly string[]>>;
        const responses = operation['responses'] as Readonly<Record<string, Schema>>;
        expect(Object.keys(codes).length, `${method} ${path}`).toBeGreaterThan(0);
        for (const [status, listed] of Object.entries(codes)) {
          const { $ref, description } = responses[status] as { readonly $ref: string; readonly description: string };
          const name = /^#\/components\/responses\/([A-Za-z]+)$/.exec($ref)?.[1] ?? '';
          expect(document.components.responses, `${method} ${path} ${status}`).toHaveProperty(name);
          for (const code of listed) expect(description).toContain(`\`${code}\``);
        }
      }
  });

  it.each([
    ['TooManyRequestsProblem', ['code', 'message', 'dimension', 'scope', 'limit', 'usage', 'retryAfter']],
    ['UnauthorizedProblem', ['code', 'message', 'acceptedCredentials']],
    ['ForbiddenProblem', ['code', 'message', 'requiredRoles', 'nodeId', 'requiredUsers']],
    ['BadRequestProblem', ['code', 'message', 'errors']],
    ['UnprocessableProblem', ['code', 'message', 'errors']],
    ['ProblemError', ['code', 'nodeId', 'path', 'input', 'message', 'line', 'column', 'hint']],
    ['NotFoundProblem', ['code', 'message']],
  ])('%s lists the members that its codes have', (name, expected) => {
    expect(Object.keys((document.components.schemas[name] as { readonly properties: object }).properties)).toEqual(
      expected,
    );
  });
});
