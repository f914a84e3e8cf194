import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { OPERATOR_ROUTES } from '../operator-routes.js';
import { ROUTES } from '../routes.js';
import { CALLER_ROUTES } from '../caller-routes.js';
import { TEMPLATE_ROUTES } from '../template-routes.js';
import { OPERATION_SCHEMAS, PATH_PARAMETERS, PUBLIC_ROUTES } from '../schema/index.js';
import { apiDocument } from './document.js';
import { operations } from './operation.js';

const document = apiDocument();
const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  it('is one by the judgement of a validator of OpenAPI 3.1', async () => {
    const verdict = await new Validator().validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
    expect(verdict).toMatchObject({ valid: true });
  });

  it('holds every route of the tables, and each has a schema', () => {
    const routes = Object.keys({
      ...ROUTES,
      ...OPERATOR_ROUTES,
      ...TEMPLATE_ROUTES,
      ...CALLER_ROUTES,
      ...PUBLIC_ROUTES,
    }).toSorted();
    expect(listed.map(({ operation }) => String(operation['operationId'])).toSorted()).toEqual(routes);
    expect(Object.keys(OPERATION_SCHEMAS).toSorted()).toEqual(routes);
  });

  it('describes every parameter of every path', () => {
    const names = operations().flatMap(({ path }) => [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name ?? ''));
    expect(names.filter((name) => !(name in PATH_PARAMETERS))).toEqual([]);
    expect(Object.keys(document.paths).filter((path) => path.includes(':'))).toEqual([]);
  });

  it('has only schemas that a validator of JSON Schema 2020-12 can compile', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'api');
    const pointer = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');
    for (const { path, method, operation } of listed) {
      const at = `api#/paths/${pointer(path)}/${method}`;
      const responses = operation['responses'] as Record<string, { readonly content?: object }>;
      for (const [status, { content = {} }] of Object.entries(responses)) {
        for (const type of Object.keys(content)) {
          const $ref = encodeURI(`${at}/responses/${status}/content/${pointer(type)}/schema`);
          expect(ajv.compile({ $ref })).toBeTypeOf('function');
        }
      }
    }
  });

  it('says of every command that it can be repeated, left undecided, and waited for', () => {
    for (const { isCommand, method, headers, answers, schema } of operations()) {
      const prefers = method !== 'GET' || 'x-flows-min-position' in headers.properties;
      expect(['idempotency-key' in headers.properties, 'prefer' in headers.properties]).toEqual([isCommand, prefers]);
      expect(202 in answers).toBe(isCommand || 202 in schema.answers);
    }
  });

  it('says of every route of tenants and operators that an address which cannot be kept is refused', () => {
    const asked = operations().filter(({ audience }) => audience !== 'public');
    const silent = asked.filter(({ refusals }) => !refusals.has('INVALID_TEXT') || !refusals.has('INVALID_QUERY'));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});
