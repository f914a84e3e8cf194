import type {
  ParameterOf,
  OPERATION_SCHEMAS,
  OperationName,
  PUBLIC_ROUTES,
  QueryOf,
  ResultOf,
  PendingCommand,
} from '../api/schema/index.js';
import type { Static, TSchema } from '@sinclair/typebox';
import { operations, type Operation } from '../api/openapi/operation.js';
import type { CALLER_ROUTES } from '../api/caller-routes.js';
import type { OPERATOR_ROUTES } from '../api/operator-routes.js';
import type { ROUTES } from '../api/routes.js';
import type { TEMPLATE_ROUTES, TemplateRouteName } from '../api/template-routes.js';

type Rows = typeof ROUTES &
  typeof OPERATOR_ROUTES &
  typeof TEMPLATE_ROUTES &
  typeof CALLER_ROUTES &
  typeof PUBLIC_ROUTES;
type SchemaOf<Name extends OperationName> = (typeof OPERATION_SCHEMAS)[Name];

/** By structure, not by the name of a type: the compiler need not prove that every schema is a `RouteSchema`. */
type Body<Name extends OperationName> =
  SchemaOf<Name> extends { readonly body: infer Shape extends TSchema } ? Static<Shape> : undefined;

/** Path parameters of an operation; a client is bound to its workspace, so that one is not asked for. */
export type ParamsOf<Name extends OperationName> = {
  readonly [Param in Exclude<ParameterOf<Rows[Name]['path']>, 'workspaceId'>]: string | number;
} & { readonly workspaceId?: string };

/** What an operation answers, 202 of an undecided command included. */
export type AnswerOf<Name extends OperationName> =
  | ResultOf<SchemaOf<Name>>
  | (Name extends TemplateRouteName
      ? never
      : Rows[Name] extends { readonly command: true }
        ? Static<typeof PendingCommand>
        : never);

/** Headers of commands and reads (flows-api 3). */
export type RequestOptions = {
  readonly idempotencyKey?: string;
  /** An `x-flows-position` that the answer must have reached. */
  readonly minPosition?: string;
  readonly prefer?: { readonly waitS: number } | 'respond-async';
  /** Default `strict`: unknown members of a body, and warnings, are refused. */
  readonly handling?: 'strict' | 'lenient';
  /** Revision that a flow must have. */
  readonly ifMatch?: number;
  readonly correlationId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** Members that an operation has no need of may be left out; a body that is optional as well. */
export type CallOf<Name extends OperationName> = RequestOptions & { readonly params: ParamsOf<Name> } & {
  readonly query?: QueryOf<SchemaOf<Name>>;
} & (Body<Name> extends undefined
    ? { readonly body?: undefined }
    : SchemaOf<Name> extends { readonly bodyRequired: false }
      ? { readonly body?: Body<Name> }
      : { readonly body: Body<Name> });

/** `params` may be left out where nothing is asked for. */
export type GivenCall<Name extends OperationName> = {} extends Pick<CallOf<Name>, 'params'>['params']
  ? Omit<CallOf<Name>, 'params'> & { readonly params?: ParamsOf<Name> }
  : CallOf<Name>;

export type AnyCall = RequestOptions & {
  readonly params?: Readonly<Record<string, string | number | undefined>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};

const BY_NAME: ReadonlyMap<string, Operation> = new Map(operations().map((operation) => [operation.name, operation]));

export function operationNamed(name: OperationName): Operation {
  const operation = BY_NAME.get(name);
  if (operation === undefined) throw new TypeError(`there is no operation ${name}`);
  return operation;
}

/** Path and query, everything percent-encoded; of a list each item is a parameter. */
export function targetOf({ name, path }: Operation, workspaceId: string | undefined, call: AnyCall): string {
  const filled = path.replaceAll(/:([A-Za-z]+)/g, (_, param: string) => {
    const value = call.params?.[param] ?? (param === 'workspaceId' ? workspaceId : undefined);
    if (value === undefined) throw new TypeError(`${name} needs the parameter ${param}`);
    return encodeURIComponent(String(value));
  });
  const query = Object.entries(call.query ?? {})
    .flatMap(([key, value]) => ([value ?? []].flat() as unknown[]).map((one) => [key, String(one)] as const))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

/** What nobody would want passed over is refused (flows-api 3.9), unless the call says otherwise. */
const HANDLING = 'strict';

export function headersOf({ method }: Operation, call: AnyCall): Record<string, string> {
  const { idempotencyKey, minPosition, ifMatch, correlationId, headers } = call;
  const prefer = [
    ...(method === 'GET' ? [] : [`handling=${call.handling ?? HANDLING}`]),
    ...(call.prefer === undefined ? [] : [call.prefer === 'respond-async' ? call.prefer : `wait=${call.prefer.waitS}`]),
  ];
  return {
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    ...(minPosition === undefined ? {} : { 'x-flows-min-position': minPosition }),
    ...(prefer.length === 0 ? {} : { prefer: prefer.join(', ') }),
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
    ...headers,
  };
}
