import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { PROBLEMS, type ProblemCode } from '../../problems/index.js';
import { OPERATOR_BASE, OPERATOR_ROUTES } from '../operator-routes.js';
import { ROUTES, WORKSPACE_BASE, type RouteSpec, type ServiceName } from '../routes.js';
import { CALLER_BASE, CALLER_ROUTES } from '../caller-routes.js';
import { TEMPLATE_ROUTES, type TemplateRouteSpec } from '../template-routes.js';
import {
  OPERATION_SCHEMAS,
  PATH_PARAMETERS,
  PendingCommand,
  PUBLIC_ROUTES,
  type OperationName,
  type RouteAnswer,
  type RouteSchema,
} from '../schema/index.js';

/**
 * Who may call: a member of a tenant, an operator of the platform, anybody. `template`: members of a tenant on the routes
 * of provisioning templates, which have other refusals (provisioning 1.3). `caller`: anybody with a good credential, in no
 * workspace.
 */
export type Audience = 'tenant' | 'operator' | 'template' | 'caller' | 'public';

/** A route with all that follows from its row in the route table. */
export type Operation = {
  readonly name: OperationName;
  readonly audience: Audience;
  readonly method: RouteSpec['method'];
  /** Whole path in the router's notation. */
  readonly path: string;
  readonly isCommand: boolean;
  readonly schema: RouteSchema;
  readonly params: Readonly<Record<string, TSchema>>;
  readonly query: TObject;
  /** Request headers by lower-case name. */
  readonly headers: TObject;
  /** What it answers when it does what it was asked, by status. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Every code it may refuse with. */
  readonly refusals: ReadonlySet<ProblemCode>;
};

type Row = Pick<Operation, 'name' | 'audience' | 'method' | 'path' | 'isCommand'> & {
  readonly isGated: boolean;
  /** It is answered by a service that writes to the log. */
  readonly needsLog: boolean;
  /** It changes something, and is no command. */
  readonly isChange?: boolean;
};

const WRITERS: ReadonlySet<ServiceName> = new Set<ServiceName>(['command-service', 'trigger-service']);

type OperatorRow = Pick<RouteSpec, 'method' | 'path' | 'service'> & { readonly command?: boolean };

/** All operations, in the order of the tables. */
export function operations(): readonly Operation[] {
  return rows().map(operationOf);
}

function rows(): readonly Row[] {
  const tenant = Object.entries<RouteSpec>(ROUTES).map(([name, { method, path, command, gate, service }]): Row => ({
    ...{ name: name as OperationName, audience: 'tenant', method, path: WORKSPACE_BASE + path },
    ...{ isCommand: command, isGated: gate === 'yes' || gate === 'known', needsLog: WRITERS.has(service) },
  }));
  const operator = Object.entries<OperatorRow>(OPERATOR_ROUTES).map(([name, row]): Row => ({
    ...{ name: name as OperationName, audience: 'operator', method: row.method, path: OPERATOR_BASE + row.path },
    ...{ isCommand: row.command === true, isGated: false, needsLog: WRITERS.has(row.service) },
  }));
  const template = Object.entries<TemplateRouteSpec>(TEMPLATE_ROUTES).map(([name, row]): Row => ({
    ...{ name: name as OperationName, audience: 'template', method: row.method, path: row.path },
    ...{ isCommand: row.command, isGated: false, needsLog: WRITERS.has(row.service) },
    ...(row.gate === 'read' ? {} : { isChange: true }),
  }));
  const caller = Object.entries(CALLER_ROUTES).map(([name, { method, path, service }]): Row => ({
    ...{ name: name as OperationName, audience: 'caller', method, path: CALLER_BASE + path },
    ...{ isCommand: false, isGated: false, needsLog: WRITERS.has(service) },
  }));
  const open = Object.entries(PUBLIC_ROUTES).map(([name, { method, path }]): Row => ({
    ...{ name: name as OperationName, audience: 'public', method, path },
    ...{ isCommand: false, isGated: false, needsLog: false },
  }));
  return [...tenant, ...operator, ...template, ...caller, ...open];
}

function operationOf(row: Row): Operation {
  const schema: RouteSchema = OPERATION_SCHEMAS[row.name];
  const names = [...row.path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name as keyof typeof PATH_PARAMETERS);
  return {
    ...row,
    schema,
    params: Object.fromEntries(names.map((name) => [name, PATH_PARAMETERS[name]])),
    query: schema.query ?? Type.Object({}),
    headers: Type.Object({ ...headersOf(row, schema), ...schema.headers?.properties }),
    answers: row.isCommand && row.audience !== 'template' ? withPending(schema.answers) : schema.answers,
    refusals: new Set([...refusalsOf(row, names), ...schema.refusals]),
  };
}

/** Whether it waits for `x-flows-min-position`: every read of a tenant, and what says so by its refusals. */
const takesPosition = (row: Row, schema: RouteSchema): boolean =>
  isRead(row) || schema.refusals.includes('INVALID_POSITION');

const isRead = ({ audience, isCommand, isChange }: Row): boolean =>
  (audience === 'tenant' || audience === 'template') && !isCommand && isChange !== true;

const HEADERS = {
  'x-correlation-id': Type.String({
    description: 'Kept where it matches `^[A-Za-z0-9._:-]{8,128}$`, otherwise one is made; comes back in the answer.',
  }),
  prefer: Type.String({
    description:
      '`wait=<s>` (0 to 60) bounds the wait; on commands, `respond-async` answers 202 at once. `handling=strict` refuses unknown members of the body (400 `UNKNOWN_MEMBER`) and warnings (422).',
  }),
  'idempotency-key': Type.String({
    pattern: '^[ -~]{1,128}$',
    description: 'The same key with the same request has one effect and one outcome, for 24 h.',
  }),
  'x-flows-min-position': Type.String({
    format: 'flows-position',
    maxLength: 512,
    description: 'An `x-flows-position`: the answer shows at least what was decided until then.',
  }),
};

function headersOf(row: Row, schema: RouteSchema): Record<string, TSchema> {
  const waits = row.isCommand || takesPosition(row, schema);
  return {
    ...optional('x-correlation-id'),
    ...(waits || row.method !== 'GET' ? optional('prefer') : {}),
    ...(row.isCommand ? optional('idempotency-key') : {}),
    ...(takesPosition(row, schema) ? optional('x-flows-min-position') : {}),
  };
}

const optional = (name: keyof typeof HEADERS) => ({ [name]: Type.Optional(HEADERS[name]) });

/** What the access checks, the body reader and the wait for a decision may refuse with, before and around the route. */
function refusalsOf(row: Row, params: readonly string[]): readonly ProblemCode[] {
  if (row.audience === 'public') return ['NO_ROUTE', 'CONTROL_PLANE_ERROR'];
  const codes: ProblemCode[] = [
    'INVALID_TEXT',
    'INVALID_QUERY',
    'UNAUTHENTICATED',
    'NO_ROUTE',
    'CONTROL_PLANE_ERROR',
    'STORE_UNAVAILABLE',
  ];
  if (row.audience !== 'caller') codes.push('FORBIDDEN');
  if (params.includes('workspaceId') || (row.audience === 'operator' && params.includes('tenantId')))
    codes.push('INVALID_WORKSPACE_ID');
  if (row.audience === 'tenant') codes.push('CROSS_TENANT_VIOLATION', 'PRIVILEGE_DOMAIN_MISMATCH');
  if (row.isGated) codes.push('WORKSPACE_NOT_FOUND');
  if (row.method !== 'GET') codes.push('INVALID_JSON', 'UNKNOWN_MEMBER', 'PAYLOAD_TOO_LARGE');
  if (isRead(row)) codes.push('INVALID_POSITION', 'POSITION_NOT_REACHED');
  if (row.needsLog) codes.push('LOG_UNAVAILABLE');
  if (row.isCommand) {
    codes.push('INVALID_IDEMPOTENCY_KEY', 'IDEMPOTENCY_KEY_REUSED', 'TENANT_FENCED', 'OVERLOADED', 'OWNERS_UNKNOWN');
    // Rates, bytes and backlog of commands (flows-api 12).
    codes.push('QUOTA_EXCEEDED');
  }
  return codes;
}

const PENDING: RouteAnswer = {
  description: 'Not decided yet; `location` names the command.',
  body: PendingCommand,
  headers: Type.Object({ location: Type.String() }),
};

function withPending(answers: RouteSchema['answers']): RouteSchema['answers'] {
  const given = answers[202];
  if (given?.body === undefined) return { ...answers, 202: PENDING };
  return {
    ...answers,
    202: {
      description: `${given.description} Or: ${PENDING.description}`,
      body: Type.Union([given.body, PendingCommand]),
      headers: Type.Object({ ...given.headers?.properties, location: Type.Optional(Type.String()) }),
    },
  };
}

/** The codes of an operation by their status. */
export function refusalsByStatus(refusals: ReadonlySet<ProblemCode>): ReadonlyMap<number, readonly ProblemCode[]> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of refusals)
    byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code]);
  return byStatus;
}
