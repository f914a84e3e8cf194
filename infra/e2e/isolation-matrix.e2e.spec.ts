import {
  CALLER_BASE,
  CALLER_ROUTES,
  OPERATOR_BASE,
  OPERATOR_ROUTES,
  ROUTES,
  WORKSPACE_BASE,
  type CallerRouteSpec,
  type OperatorRouteSpec,
  type RouteSpec,
} from '@flowplane/contracts';
import { endpointsOf, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus } from './driver/api-client.js';
import type { FlowBody, ListBody, RunItem } from './driver/api-types.js';
import { inParallel } from './driver/load.js';
import { startPostgresProxy, type PostgresProxy } from './driver/postgres-proxy.js';
import { ask, type Raw } from './isolation/ask.js';
import { credentialsOf, expectedOf, expectedOfOperator, refusedBeforeHandler } from './isolation/callers.js';
import {
  CALLERS,
  type CallerName,
  ID_KINDS,
  type IdKind,
  type Ids,
  type OperatorRow,
  type Row,
} from './isolation/row.js';
import { OPERATOR_ROUTE_ROWS, ROWS } from './isolation/rows/index.js';
import { openWorkMeter, workOf, type Work, type WorkMeter } from './isolation/work-meter.js';
import { freshIds, idsOf, makeWorld, secretsHiddenFrom, type Scope, type World } from './isolation/world.js';

let proxy: PostgresProxy;
let services: IsolatedServices;
let world: World;
let before: readonly unknown[];

beforeAll(async () => {
  const endpoints = endpointsOf(process.env);
  proxy = await startPostgresProxy(endpoints.dbUrl);
  services = await startServices({
    endpoints: { ...endpoints, dbUrl: proxy.urlOf(endpoints.dbUrl) },
    env: { FLOWS_QUOTAS: 'off' },
  });
  world = await makeWorld(services.url);
  before = await whatStrangersHave();
});

afterAll(async () => {
  await services?.close();
  await proxy?.close();
});

/** A signature lets in here, and no credential: what strangers get is shown in webhooks.e2e.spec.ts. */
const SIGNED = 'receiveWebhook';
const routes = Object.entries<RouteSpec>(ROUTES).filter(([name]) => name !== SIGNED);
const operatorRoutes = Object.entries<OperatorRouteSpec>(OPERATOR_ROUTES);
const CONCURRENCY = 6;
/** Routes whose answer holds an own id, so that looking for foreign ones is known to find what is there. */
const SHOWN = {
  listFlows: true,
  getFlow: true,
  listVersions: true,
  getVersion: true,
  getExecution: true,
  getCommand: true,
  listWebhooks: true,
  listConnections: true,
  getConnection: true,
};

/** One request of the matrix: who asks, about what, and what must come of it. */
type Cell = { readonly caller: CallerName; readonly kind: IdKind; readonly ids: Ids; readonly expected: string };
type AskedCell = Cell & { readonly answer: Raw };

const workspaceBase = (workspaceId: string): string =>
  services.url + WORKSPACE_BASE.replace(':workspaceId', encodeURIComponent(workspaceId));

const keys = () => ({
  ...world.own.keys,
  otherWorkspace: world.side.keys.service,
  otherTenant: world.stranger.keys.service,
});

function cellsOf(
  row: Row | OperatorRow,
  { path, method }: Pick<RouteSpec, 'path' | 'method'>,
  expected: (caller: CallerName, kind: IdKind) => string | undefined,
): readonly Cell[] {
  return CALLERS.flatMap((caller) =>
    ID_KINDS.flatMap((kind) => {
      const outcome = expected(caller, kind);
      if (outcome === undefined) return [];
      return idsOf(world, kind, row, path).map((ids) => {
        const expected = isLetIn(caller, row, method) && holdsNul(ids) ? unkeepable(method, path) : outcome;
        return { caller, kind, ids, expected };
      });
    }),
  );
}

/** Answer to a caller with access, for an id that is not valid text: in path and body, or in the query (flows-api 1.5). */
const unkeepable = (method: string, path: string): string =>
  method === 'GET' && !path.includes(':') ? '400 INVALID_QUERY' : '400 INVALID_TEXT';
const isLetIn = (caller: CallerName, row: Row | OperatorRow, method: string): boolean =>
  'domain' in row ? refusedBeforeHandler(caller, row, method) === undefined : caller === 'platform admin';
const holdsNul = (ids: Ids): boolean => Object.values(ids).some((id) => id.includes('\0'));

/** The row's fresh things are for requests that are granted, since those use them up. */
async function idsFor({ ids, kind, expected }: Cell, { fresh }: Row | OperatorRow): Promise<Ids> {
  const kindMade: IdKind = fresh?.startsWith('foreign') === true ? 'foreign' : 'own';
  const isMade = fresh !== undefined && kind === kindMade && expected.startsWith('2');
  return isMade ? freshIds(world, fresh) : ids;
}

async function askAll(
  cells: readonly Cell[],
  row: Row | OperatorRow,
  route: RouteSpec | OperatorRouteSpec,
  base: string,
): Promise<readonly AskedCell[]> {
  return inParallel(cells.length, CONCURRENCY, async (index) => {
    const cell = cells[index] as Cell;
    const ids = await idsFor(cell, row);
    const headers = credentialsOf(cell.caller, 'domain' in row ? row.domain : 'A', keys());
    const answer = await ask({ base, route, ids, headers, carried: row.carries?.(ids) ?? {} });
    return { ...cell, ids, answer };
  });
}

const nameOf = ({ caller, kind, ids }: Cell): string =>
  `${caller}, ${kind} ${JSON.stringify(ids['executionId'] ?? ids['workspaceId'])} of ${JSON.stringify(ids['flowId'])}`;

const wrongOutcomes = (asked: readonly AskedCell[]): readonly string[] =>
  asked.flatMap((cell) =>
    cell.answer.outcome === cell.expected
      ? []
      : [`${nameOf(cell)}: expected ${cell.expected}, got ${cell.answer.outcome} ${cell.answer.text.slice(0, 500)}`],
  );

/** Where a caller is at home: there nothing is a secret to it. */
function homeOf(caller: CallerName): Scope | undefined {
  if (caller === 'nobody') return undefined;
  if (caller === 'other workspace' || caller === 'key of another workspace') return world.side;
  return caller === 'other tenant' || caller === 'key of another tenant' ? world.stranger : world.own;
}

/** Answers that hold anything by which something of a foreign scope could be recognised, also if the client sent it. */
const leaks = (asked: readonly AskedCell[]): readonly string[] =>
  asked.flatMap((cell) =>
    secretsHiddenFrom(world, homeOf(cell.caller))
      .filter((secret) => cell.answer.text.includes(secret))
      .map((secret) => `${nameOf(cell)}: the answer holds ${secret}: ${cell.answer.text}`),
  );

/** Pairs of answers to one caller that tell what exists elsewhere from what does not exist. */
function tellings(asked: readonly AskedCell[]): readonly string[] {
  const groups = new Map<string, AskedCell[]>();
  for (const cell of asked) {
    if (cell.kind === 'own' || cell.kind === 'malformed') continue;
    const key = `${cell.caller}/${cell.expected}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].flatMap(([first, ...others]) =>
    others
      .filter(({ answer }) => answer.comparable !== first?.answer.comparable)
      .map((cell) => `${nameOf(cell)}: ${cell.answer.comparable}\nunlike ${first?.answer.comparable}`),
  );
}

/** Everything that is shown to the owners of what is foreign. */
async function whatStrangersHave(): Promise<readonly unknown[]> {
  const shown: unknown[] = [];
  for (const { client, ids } of [world.side, world.stranger]) {
    shown.push(expectStatus(await client.call<FlowBody>('GET', `/flows/${ids['flowId']}`), 200));
    const runs = await client.call<ListBody<RunItem>>('GET', `/flows/${ids['flowId']}/executions`);
    shown.push(expectStatus(runs, 200));
    shown.push(expectStatus(await client.call<object>('GET', `/connections/${ids['connectionName']}`), 200));
  }
  return shown;
}

describe('the table', () => {
  it.each([
    ['ROUTES', Object.keys(ROUTES).filter((name) => name !== SIGNED), ROWS],
    ['OPERATOR_ROUTES', Object.keys(OPERATOR_ROUTES), OPERATOR_ROUTE_ROWS],
  ])('has a row for every route of %s and no other', (_table, names, rows: object) => {
    const help = 'add a row to infra/e2e/isolation/rows: what flows-api says each caller gets for each kind of id';
    const missing = names.filter((name) => !(name in rows)).map((name) => `${name} has no row: ${help}`);
    const extra = Object.keys(rows).filter((name) => !names.includes(name));
    expect([...missing, ...extra.map((name) => `there is no route ${name}`)]).toEqual([]);
  });

  it.each(routes)('%s: domain and gate are as flows-api 4 has them', (name, route) => {
    const row = ROWS[name];
    const gate = { yes: 'yes', known: 'known', '–': 'no' } as const;
    const domain = { A: 'structural_admin', D: 'data_access' } as const;
    expect(row && { domain: domain[row.domain], gate: gate[row.gate] }).toEqual({
      domain: route.domain,
      gate: route.gate,
    });
  });

  it.each([...routes, ...operatorRoutes])('%s: an id in the path is tried in all its kinds', (name, { path }) => {
    const row = ROWS[name] ?? OPERATOR_ROUTE_ROWS[name];
    const needed: readonly IdKind[] = path.includes(':') ? ['own', 'unknown', 'malformed'] : ['own'];
    expect(needed.filter((kind) => row?.[kind] === undefined)).toEqual([]);
    if (name in ROWS && path.includes(':')) expect(row).toMatchObject({ foreign: expect.any(String) });
  });
});

describe('below a workspace', () => {
  it.each(routes)('%s: every caller, every kind of id', async (name, route) => {
    const row = ROWS[name] as Row;
    const cells = cellsOf(row, route, (caller, kind) => expectedOf(caller, row, route.method, kind));
    const asked = await askAll(cells, row, route, workspaceBase('acme-main'));
    expect(wrongOutcomes(asked)).toEqual([]);
    expect(leaks(asked)).toEqual([]);
    if (name in SHOWN)
      expect(asked.some(({ answer }) => answer.text.includes(world.own.secrets[0] as string))).toBe(true);
    expect(tellings(asked.filter(({ expected }) => !expected.startsWith('201')))).toEqual([]);
  });

  it.each(routes)('%s: a workspace or a tenant that cannot be', async (name, route) => {
    const row = ROWS[name] as Row;
    const privileged = credentialsOf('privileged', row.domain, keys());
    const carried = row.carries?.(world.own.ids) ?? {};
    const asked = { route, ids: world.own.ids, carried };
    for (const workspaceId of ['a:b', "x'--", 'w'.repeat(65), ' ']) {
      const base = workspaceBase(workspaceId);
      expect(await ask({ ...asked, base, headers: privileged })).toMatchObject({ outcome: '400 INVALID_WORKSPACE_ID' });
      expect(await ask({ ...asked, base, headers: {} })).toMatchObject({ outcome: '401 UNAUTHENTICATED' });
    }
    for (const tenantId of ['a:b', "x'--", 't'.repeat(65)]) {
      const headers = { ...privileged, 'x-tenant-id': tenantId };
      const answer = await ask({ ...asked, base: workspaceBase('acme-main'), headers });
      expect(answer).toMatchObject({ outcome: '401 UNAUTHENTICATED' });
    }
  });
});

describe('operator routes', () => {
  it.each(operatorRoutes)('%s: every caller, every kind of id', async (name, route) => {
    const row = OPERATOR_ROUTE_ROWS[name] as OperatorRow;
    const cells = cellsOf(row, route, (caller, kind) => expectedOfOperator(caller, row, kind));
    const asked = await askAll(cells, row, route, services.url + OPERATOR_BASE);
    expect(wrongOutcomes(asked)).toEqual([]);
    expect(leaks(asked.filter(({ caller }) => caller !== 'platform admin'))).toEqual([]);
  });
});

describe('routes about the caller', () => {
  it.each(Object.entries<CallerRouteSpec>(CALLER_ROUTES))(
    '%s: every caller with a credential, and nothing of other tenants',
    async (_name, route) => {
      for (const caller of CALLERS) {
        const headers = credentialsOf(caller, 'A', keys());
        const answer = await ask({ base: services.url + CALLER_BASE, route, ids: {}, headers, carried: {} });
        expect([caller, answer.outcome]).toEqual([caller, caller === 'nobody' ? '401 UNAUTHENTICATED' : '200']);
        const isStranger = caller === 'other tenant' || caller === 'key of another tenant';
        const [at, foreign] = isStranger ? [world.stranger, world.own] : [world.own, world.stranger];
        for (const secret of [...foreign.secrets, `"${String(foreign.ids['tenantId'])}"`])
          expect(answer.text).not.toContain(secret);
        if (caller !== 'nobody') expect(answer.text).toContain(`"${String(at.ids['tenantId'])}"`);
      }
    },
  );
});

/**
 * Time is what a client could measure, and on a shared machine a test cannot: what takes the time is counted instead.
 * For an id that exists elsewhere and one that exists nowhere, requests are served by the same statements in the store
 * (seen on the wire) and leave the same number of records in the log. Nothing else on the way depends on the id.
 */
describe('the work that an answer takes', () => {
  let meter: WorkMeter;
  beforeAll(async () => {
    meter = await openWorkMeter(services.env, proxy);
  });
  afterAll(() => meter?.close());

  const asked = (name: string, route: RouteSpec, caller: CallerName, kind: IdKind) => async (): Promise<Raw> => {
    const row = ROWS[name] as Row;
    const ids = idsOf(world, kind, row, route.path)[0] as Ids;
    const headers = credentialsOf(caller, row.domain, keys());
    return ask({ base: workspaceBase('acme-main'), route, ids, headers, carried: row.carries?.(ids) ?? {} });
  };

  it('is seen: what exists here takes more of it than what does not', async () => {
    const versions = (kind: IdKind) => asked('listVersions', ROUTES.listVersions, 'privileged', kind);
    const start = (kind: IdKind) => asked('startExecution', ROUTES.startExecution, 'privileged', kind);
    const [own, none, started] = await workOf(meter, [versions('own'), versions('unknown'), start('own')]);
    const count = (work: Work | undefined): number => Object.keys(work?.statements ?? {}).length;
    expect(count(own)).toBeGreaterThan(count(none));
    expect(count(none)).toBeGreaterThan(0);
    expect(started?.appended).toBeGreaterThan(0);
  });

  const granted: readonly CallerName[] = ['privileged', 'service key'];
  it.each(routes.filter(([name]) => ROWS[name]?.fabricated !== undefined))(
    '%s: the same for what exists elsewhere as for what does not',
    async (name, route) => {
      const row = ROWS[name] as Row;
      for (const caller of granted) {
        if (refusedBeforeHandler(caller, row, route.method) !== undefined) continue;
        const one = (kind: IdKind) => asked(name, route, caller, kind);
        const [foreign, none] = await workOf(meter, [one('foreign'), one('fabricated')]);
        expect(foreign).toEqual(none);
      }
    },
  );
});

it('what strangers have is as it was', async () => {
  expect(await whatStrangersHave()).toEqual(before);
});
