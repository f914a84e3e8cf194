import { operations, type Operation } from '@flowplane/contracts';
import fc from 'fast-check';
import { CALLERS, type CallerName } from '../isolation/row.js';
import { bodiesOf } from './bodies.js';
import { HEADER_TEXTS, IDENTITY_TEXTS } from './header-texts.js';
import { ODD_TEXTS } from './odd-texts.js';
import { valuesOf } from './schema-values.js';

/** The text of a parameter in the path. */
export type IdChoice =
  /** Percent-encoded where it is text; `raw` is sent as it is. */
  | { readonly kind: 'text' | 'raw'; readonly text: string }
  /** One of the ids that were set up or that answers have told, by its number modulo theirs. */
  | { readonly kind: 'seen'; readonly index: number };

/** One request, complete but for what only the running system knows: credentials, seen ids and signatures. */
export type FuzzRequest = {
  readonly operation: Operation;
  readonly method: string;
  readonly caller: CallerName;
  readonly ids: Readonly<Record<string, IdChoice>>;
  /** Without `?`. */
  readonly query: string;
  /** Beside the credentials, which they replace; one char per byte. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Webhooks: whether the signature is the right one. */
  readonly isSigned: boolean;
};

/** Flows that requests create, change and remove; so few that most requests meet one that is there. */
export const FLOW_IDS = Array.from({ length: 8 }, (_, index) => `f${index}`);
/** What has real teardowns and quotas, so that the others keep being let in. */
const SPENT_TENANT = 'fuzz-spent';

/** Where most of the work is done, and where what is sent is largest. */
const HEAVY: ReadonlySet<string> = new Set([
  ...[
    'createFlow',
    'updateFlow',
    'validateFlow',
    'validateDocument',
    'publishFlow',
    'startExecution',
    'retryExecution',
  ],
  ...['signalExecution', 'receiveWebhook', 'listExecutions', 'getExecution', 'streamExecution'],
]);
const RARE: ReadonlySet<string> = new Set([
  ...['deleteFlow', 'teardownTenant', 'rewrapWebhookSecrets', 'rewrapTenantKeys', 'getApiDocument', 'getFlowSchema'],
]);
const weightOf = ({ name }: Operation): number => (HEAVY.has(name) ? 6 : RARE.has(name) ? 1 : 2);

const text = (of: string): IdChoice => ({ kind: 'text', text: of });
const oneOf = (...texts: readonly string[]): fc.Arbitrary<IdChoice> => fc.constantFrom(...texts).map(text);
const seen = fc.nat(1000).map((index): IdChoice => ({ kind: 'seen', index }));

const USUAL_IDS: Readonly<Record<string, fc.Arbitrary<IdChoice>>> = {
  workspaceId: fc.oneof(
    { weight: 20, arbitrary: oneOf('acme-main') },
    { weight: 1, arbitrary: oneOf('acme-side', 'globex-main') },
  ),
  flowId: fc.oneof({ weight: 4, arbitrary: oneOf(...FLOW_IDS) }, { weight: 1, arbitrary: seen }),
  tenantId: oneOf('acme', SPENT_TENANT),
  version: oneOf('1', '2', '3'),
  signalName: oneOf('review', 'human-approval', 'a'),
};
const ODD_IDS = fc.oneof(
  ODD_TEXTS.map(text),
  fc
    .constantFrom('%', '%zz', '%C3%28', '%2F', '%00', '%ED%A0%80', '%2e')
    .map((raw): IdChoice => ({ kind: 'raw', text: raw })),
);

/** Every route with everything that a client may send to it, right and broken. */
export function fuzzRequests(largeEvery: number): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(
    ...operations().map((operation) => ({ weight: weightOf(operation), arbitrary: requestsOf(operation, largeEvery) })),
  );
}

function requestsOf(operation: Operation, largeEvery: number): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      operation: fc.constant(operation),
      method: often(60, fc.constant(operation.method), fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY')),
      caller: callersOf(operation),
      ids: fc.record(Object.fromEntries(Object.keys(operation.params).map((name) => [name, idsOf(name, operation)]))),
      query: queriesOf(operation),
      headers: headersOf(operation),
      body:
        operation.method === 'GET'
          ? often(60, fc.constant(undefined), bodiesOf(operation, largeEvery))
          : bodiesOf(operation, largeEvery),
      isSigned: often(5, fc.constant(true), fc.constant(false)),
    })
    .map(({ body, headers, ...request }) =>
      spared({
        ...request,
        headers: { ...(body === undefined ? {} : { 'content-type': body.contentType }), ...headers },
        body: body?.bytes,
      }),
    );
}

/** With U+FFFD in the place of what no encoding has. */
export const percentEncoded = (of: string): string => encodeURIComponent(Buffer.from(of).toString());

/** `usual`, and once in a while `odd`. */
const often = <A, B>(every: number, usual: fc.Arbitrary<A>, odd: fc.Arbitrary<B>): fc.Arbitrary<A | B> =>
  fc.oneof<fc.MaybeWeightedArbitrary<A | B>[]>({ weight: every - 1, arbitrary: usual }, { weight: 1, arbitrary: odd });

const idsOf = (name: string, { params }: Operation): fc.Arbitrary<IdChoice> =>
  often(
    12,
    name === 'flowId' && 'executionId' in params
      ? often(6, seen, USUAL_IDS['flowId'] ?? seen)
      : (USUAL_IDS[name] ?? seen),
    ODD_IDS,
  );

const callersOf = ({ audience }: Operation): fc.Arbitrary<CallerName> =>
  often<CallerName, CallerName>(
    12,
    audience === 'operator'
      ? fc.constant('platform admin')
      : fc.constantFrom('privileged', 'privileged', 'privileged', 'service key'),
    fc.constantFrom(...CALLERS),
  );

function queriesOf({ query }: Operation): fc.Arbitrary<string> {
  const known = Object.entries(query.properties).map(([name, schema]) => [name, valuesOf(schema, name)] as const);
  const values = fc.record(Object.fromEntries(known), { requiredKeys: [] }).map((chosen) =>
    Object.entries(chosen)
      .flatMap(([name, value]) =>
        ([value ?? []].flat() as unknown[]).map((one) => `${encodeURIComponent(name)}=${percentEncoded(String(one))}`),
      )
      .join('&'),
  );
  const odd = fc.constantFrom(
    'a=1',
    '=',
    '&&&',
    '%',
    'page[size]=%zz',
    'page[size]=1&page[size]=2',
    'page[size]=0',
    'page[size]=201',
    'page[size]=1e2',
    'page%5Bsize%5D=10&page%5Bafter%5D=x',
    'query=%00',
    `x=${'y'.repeat(7000)}`,
    'filter=%C3%28',
    'dryRun=1',
  );
  return often(8, values, odd);
}

function headersOf({ headers }: Operation): fc.Arbitrary<Readonly<Record<string, string>>> {
  const own = Object.keys(headers.properties).filter((name) => name in HEADER_TEXTS);
  const one = (names: readonly string[]): fc.Arbitrary<readonly [string, string]> =>
    fc
      .constantFrom(...names)
      .chain((name) =>
        fc.tuple(
          fc.constant(name),
          fc.constantFrom(...(HEADER_TEXTS[name] ?? [''])),
          often(8, fc.constant('utf8' as const), fc.constant('latin1' as const)),
        ),
      )
      .map(([name, value, encoding]) => [name, Buffer.from(value, encoding).toString('latin1')] as const);
  // Another identity is refused at the door, so it is rare.
  const any = often(
    8,
    one(Object.keys(HEADER_TEXTS).filter((name) => !(name in IDENTITY_TEXTS))),
    one(Object.keys(IDENTITY_TEXTS)),
  );
  return fc
    .tuple(
      often(3, fc.constant([]), fc.array(own.length === 0 ? any : one(own), { maxLength: 2 })),
      often(8, fc.constant([]), fc.array(any, { minLength: 1, maxLength: 3 })),
    )
    .map(([ours, others]) => Object.fromEntries([...ours, ...others]));
}

/** Of teardowns and quotas, what would leave the tenants with nothing to try on is turned to a tenant that has nothing. */
function spared(request: FuzzRequest): FuzzRequest {
  const { name } = request.operation;
  if (name !== 'teardownTenant' && name !== 'setTenantQuotas') return request;
  const isDry = name === 'teardownTenant' && request.query === 'dryRun=true';
  return isDry ? request : { ...request, ids: { ...request.ids, tenantId: text(SPENT_TENANT) } };
}
