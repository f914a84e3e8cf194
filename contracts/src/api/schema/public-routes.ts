import { Type } from '@sinclair/typebox';
import type { RouteSchema } from './route-schema.js';
import { AnyJson, closed, JsonObjectShape, listOf } from './shapes.js';

export type PublicRouteSpec = { readonly method: 'GET'; readonly path: string };

/** Routes that need no credential and belong to no workspace. */
export const PUBLIC_ROUTES = {
  getHealth: { method: 'GET', path: '/healthz' },
  getReadiness: { method: 'GET', path: '/readyz' },
  getMetrics: { method: 'GET', path: '/metrics' },
  listSchemas: { method: 'GET', path: '/v1/schemas' },
  getSchema: { method: 'GET', path: '/v1/schemas/:fingerprint' },
  getApiDocument: { method: 'GET', path: '/openapi.json' },
  getFlowSchema: { method: 'GET', path: '/flow.schema.json' },
} as const satisfies Record<string, PublicRouteSpec>;

export type PublicRouteName = keyof typeof PUBLIC_ROUTES;

const Ok = closed({ status: Type.Literal('ok') }, { $id: 'Ok' });

export const PUBLIC_ROUTE_SCHEMAS = {
  getHealth: {
    summary: 'Whether the process lives',
    description: 'Looks at nothing outside of the process.',
    answers: { 200: { description: 'It does.', body: Ok } },
    refusals: [],
  },
  getReadiness: {
    summary: 'Whether log and store are reachable',
    description: 'An engine that is away does not count: commands are accepted then and carried out later.',
    answers: {
      200: { description: 'They are.', body: Ok },
      503: {
        description: 'What is missing.',
        body: closed({ status: Type.Literal('unavailable'), missing: Type.Array(Type.String()) }, { $id: 'NotReady' }),
      },
    },
    refusals: [],
  },
  getMetrics: {
    summary: 'Metrics in Prometheus’ text format',
    description: 'Text format 0.0.4. No label names a tenant.',
    answers: { 200: { description: 'Metrics.', body: Type.String(), contentType: 'text/plain' } },
    refusals: [],
  },
  listSchemas: {
    summary: 'The Avro schemas of the topics',
    description: 'Of every message in Flowplane’s own topics, retired ones included.',
    answers: {
      200: {
        description: 'Schemas.',
        body: listOf(
          closed({ fingerprint: Type.String(), kind: Type.String(), name: Type.String() }, { $id: 'SchemaItem' }),
        ),
      },
    },
    refusals: [],
  },
  getSchema: {
    summary: 'An Avro schema by its fingerprint',
    description: 'Records name the schema that wrote them by this fingerprint (Avro single-object encoding).',
    answers: { 200: { description: 'The schema.', body: AnyJson } },
    refusals: [],
  },
  getApiDocument: {
    summary: 'This document',
    description: 'The schemas in it are those that the types of the client are made from; `/docs` shows it as a page.',
    answers: { 200: { description: 'OpenAPI 3.1.', body: JsonObjectShape } },
    refusals: [],
  },
  getFlowSchema: {
    summary: 'The JSON Schema of flows, for editors',
    description:
      'Draft-07. An editor that is given its address completes a definition, says what its members mean, and marks what is ' +
      'wrong: `# yaml-language-server: $schema=<this server>/flow.schema.json` as the first line of a YAML file.',
    answers: { 200: { description: 'The schema.', body: JsonObjectShape } },
    refusals: [],
  },
} as const satisfies Record<PublicRouteName, RouteSchema>;
