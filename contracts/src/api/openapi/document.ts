import type { TObject, TSchema } from '@sinclair/typebox';
import { EXAMPLES, PENDING_COMMAND, type Examples } from '../examples/index.js';
import { taskTypes } from '../../flow/tasks/catalogue.js';
import type { RouteAnswer } from '../schema/index.js';
import { makeComponents, type Components, type JsonSchema } from './components.js';
import { operations, refusalsByStatus, type Audience, type Operation } from './operation.js';
import {
  HEADERS_TOO_LARGE_REFERENCE,
  problemReference,
  problemResponses,
  TEMPLATE_REFUSALS,
} from './problem-responses.js';

/** An OpenAPI 3.1 document: plain JSON. */
export type ApiDocument = {
  readonly openapi: '3.1.0';
  readonly info: JsonSchema;
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, JsonSchema>>;
  } & JsonSchema;
} & JsonSchema;

const INFO = {
  title: 'Flowplane',
  version: 'v1',
  license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
  description: [
    'Multi-tenant control plane for durable flows.',
    'Every state-changing operation is a command: it answers once it is decided and visible to reads, or 202 with the',
    'command’s location. Its `x-flows-position`, sent as `x-flows-min-position`, makes any read show its effect.',
    'Unknown body members are ignored, unknown paths and methods are 404 `NO_ROUTE` before any check of identity.',
    'Every GET answers HEAD as well.',
    'A gateway that authenticates by itself may vouch for the caller by identity headers instead of a credential.',
    '\n\nThis page shows `/openapi.json`. Generators make clients of it, for example',
    '`npx openapi-typescript <this server>/openapi.json -o flowplane.d.ts`, or',
    '`openapi-python-client generate --url <this server>/openapi.json`; `docs/clients.md` has a program for each.',
  ].join(' '),
};

export type ApiDocumentOptions = {
  /** Identity headers are offered as a credential: this server believes them. */
  readonly gatewayHeaders: boolean;
};

const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'Key of one workspace: `flc_…`.' },
  bearer: { type: 'http', scheme: 'bearer', description: 'Token of an OpenID provider, or an API key.' },
};
const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description });
/** They are sent together. */
const GATEWAY_SCHEMES = {
  gatewayTenant: header('x-tenant-id', 'Identity header of the gateway: the tenant.'),
  gatewaySubject: header('x-auth-subject', 'Identity header of the gateway: who calls; commands need it.'),
  gatewayRoles: header(
    'x-actor-roles',
    'Identity header of the gateway: roles, e.g. `tenant_owner`, `platform_admin`.',
  ),
};
const GATEWAY = { gatewayTenant: [], gatewaySubject: [], gatewayRoles: [] };
const SECURITY: Readonly<Record<Audience, readonly JsonSchema[]>> = {
  tenant: [{ bearer: [] }, { apiKey: [] }],
  operator: [{ bearer: [] }],
  template: [{ bearer: [] }, { apiKey: [] }],
  caller: [{ bearer: [] }, { apiKey: [] }],
  public: [],
};

/** The API as OpenAPI 3.1, made from the route tables and their schemas. */
export function apiDocument({ gatewayHeaders }: ApiDocumentOptions = { gatewayHeaders: false }): ApiDocument {
  const components = makeComponents();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations()) {
    const path = operation.path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: operationObject(operation, components, gatewayHeaders),
    };
  }
  const responses = problemResponses(components);
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/' }],
    tags: [
      { name: 'tenant', description: 'What members of a tenant do in a workspace.' },
      { name: 'operator', description: 'What operators of the platform do.' },
      { name: 'template', description: 'Provisioning templates, with the API of OpenSearch Flow Framework.' },
      { name: 'caller', description: 'What every caller may ask about itself.' },
      { name: 'public', description: 'What needs no credential.' },
    ],
    paths,
    'x-task-types': taskTypeSchemas(),
    components: {
      schemas: components.schemas(),
      responses,
      securitySchemes: { ...SECURITY_SCHEMES, ...(gatewayHeaders ? GATEWAY_SCHEMES : {}) },
    },
  };
}

/** What the task of a node takes and gives, by its type: a definition's own schema leaves both open. */
const taskTypeSchemas = (): JsonSchema =>
  Object.fromEntries(
    taskTypes().map(({ id, description, inputSchema, outputSchema }) => [
      id,
      { description, inputSchema, outputSchema },
    ]),
  );

function operationObject(operation: Operation, components: Components, gatewayHeaders: boolean): JsonSchema {
  const { schema, audience, name, answers } = operation;
  const successes = Object.entries(answers).map(([status, answer]) => [
    status,
    responseObject(operation, answer, answerExamples(operation, Number(status)), components),
  ]);
  const byStatus = [...refusalsByStatus(operation.refusals)].filter(([status]) => answers[status] === undefined);
  const refusals =
    audience === 'template'
      ? TEMPLATE_REFUSALS.filter(([status]) => answers[Number(status)] === undefined)
      : byStatus.map(([status, codes]) => [String(status), problemReference(status, codes)]);
  return {
    operationId: name,
    tags: [audience],
    summary: schema.summary,
    ...(schema.description === undefined ? {} : { description: schema.description }),
    security: [...SECURITY[audience], ...(gatewayHeaders && audience !== 'public' ? [GATEWAY] : [])],
    parameters: [
      ...Object.entries(operation.params).map(([param, type]) => parameter('path', param, type, true, components)),
      ...parametersOf('query', operation.query, components),
      ...parametersOf('header', operation.headers, components),
    ],
    ...(schema.body === undefined ? {} : { requestBody: requestBody(operation, schema.body, components) }),
    responses: Object.fromEntries([...successes, ...refusals, HEADERS_TOO_LARGE_REFERENCE]) as JsonSchema,
    ...(audience === 'template' ? {} : { 'x-problem-codes': Object.fromEntries(byStatus) }),
  };
}

const requestBody = ({ name, schema }: Operation, body: TSchema, components: Components): JsonSchema => ({
  required: schema.bodyRequired ?? true,
  content: {
    [schema.bodyType ?? 'application/json']: {
      schema: components.place(body),
      ...examplesObject(EXAMPLES[name]?.body ?? {}),
    },
  },
});

/** A command may be pending wherever it answers 202; the route's own 202 is listed before. */
const answerExamples = ({ name, isCommand, audience }: Operation, status: number): Examples => ({
  ...EXAMPLES[name]?.answers[status],
  ...(isCommand && audience !== 'template' && status === 202 ? { pending: PENDING_COMMAND } : {}),
});

const examplesObject = (examples: Examples): JsonSchema =>
  Object.keys(examples).length === 0
    ? {}
    : { examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])) };

function responseObject(
  { isCommand }: Operation,
  answer: RouteAnswer,
  examples: Examples,
  components: Components,
): JsonSchema {
  const contentOf = (body: TSchema) => ({ schema: components.place(body), ...examplesObject(examples) });
  const position = { description: 'Position of the effect in the log.', required: true, schema: { type: 'string' } };
  const headers = {
    ...headerObjects(answer.headers, components),
    ...(isCommand ? { 'x-flows-position': position } : {}),
  };
  return {
    description: answer.description,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(answer.body === undefined
      ? {}
      : { content: { [answer.contentType ?? 'application/json']: contentOf(answer.body) } }),
  };
}

const isRequired = (schema: TObject, name: string): boolean => (schema.required ?? []).includes(name);

const parametersOf = (place: 'query' | 'header', schema: TObject, components: Components): readonly JsonSchema[] =>
  Object.entries(schema.properties).map(([name, type]) =>
    parameter(place, name, type, isRequired(schema, name), components),
  );

function parameter(
  place: 'path' | 'query' | 'header',
  name: string,
  type: TSchema,
  required: boolean,
  components: Components,
): JsonSchema {
  const { description } = type as { readonly description?: string };
  const schema = components.place(type);
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema };
}

const headerObjects = (schema: TObject | undefined, components: Components): Record<string, JsonSchema> =>
  Object.fromEntries(
    Object.entries(schema?.properties ?? {}).map(([name, type]) => [
      name,
      { required: isRequired(schema as TObject, name), schema: components.place(type) },
    ]),
  );
