import { startServices, endpointsOf, type IsolatedServices } from '@flowplane/stack';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, makeApiClient, type Answer, type ApiClient } from './driver/api-client.js';
import type { AuditItem, FlowBody, ListBody, Problem, RunItem } from './driver/api-types.js';
import {
  CANARY,
  comparison,
  holds,
  hostileText,
  joined,
  nearlyFilter,
  scopeClause,
  someRuns,
  written,
  type ModelRun,
} from './driver/filter-model.js';
import { AUDIT_TYPES, fillAudit, fillFlows, fillRuns, type ModelAudit } from './driver/filter-rows.js';
import { withDatabase } from './driver/log-totals.js';
import { startPostgresProxy, type PostgresProxy, type SeenStatement } from './driver/postgres-proxy.js';

let proxy: PostgresProxy;
let services: IsolatedServices;
let own: ApiClient;
let stranger: ApiClient;
let runs: readonly ModelRun[];
let audit: readonly ModelAudit[];
const seen: SeenStatement[] = [];

const RUNS = 400;

beforeAll(async () => {
  const endpoints = endpointsOf(process.env);
  proxy = await startPostgresProxy(endpoints.dbUrl);
  services = await startServices({
    endpoints: { ...endpoints, dbUrl: proxy.urlOf(endpoints.dbUrl) },
    only: ['projection-service'],
  });
  const url = services.urls['projection-service'];
  own = makeApiClient(url, { tenantId: 'T', workspaceId: 'W' });
  stranger = makeApiClient(url, { tenantId: 'X', workspaceId: 'W' });
  [runs] = fc.sample(someRuns(RUNS), 1) as [readonly ModelRun[]];
  // What lies in the tables is of the test's making; everything that reads it is the service.
  audit = await withDatabase(services.env['FLOWS_DB_URL'], async (pool) => {
    await fillFlows(pool);
    await fillRuns(pool, runs);
    return fillAudit(pool, runs);
  });
  proxy.taken();
});

afterEach(() => {
  seen.push(...proxy.taken().filter(({ application }) => application === 'projection-service reads'));
});

afterAll(async () => {
  await services?.close();
  await proxy?.close();
});

const newestFirst = (a: ModelRun, b: ModelRun): number => b.createdAt - a.createdAt || b.offset - a.offset;
const ownRuns = (): readonly ModelRun[] =>
  runs.filter((run) => run.tenantId === 'T' && run.workspaceId === 'W' && run.flowId === 'F').toSorted(newestFirst);
const idsOf = (items: readonly { readonly executionId: string }[]): readonly string[] =>
  items.map(({ executionId }) => executionId);

type Listed = ListBody<RunItem> & Partial<Problem>;
const search = (parameters: Readonly<Record<string, string>>): string => new URLSearchParams(parameters).toString();
const listRuns = (parameters: Readonly<Record<string, string>>): Promise<Answer<Listed>> =>
  own.call<Listed>('GET', `/flows/F/executions?${search(parameters)}`);

/** Every page of a list, one after the other. */
async function allPages(parameters: Readonly<Record<string, string>>): Promise<readonly RunItem[]> {
  const items: RunItem[] = [];
  let next: string | null | undefined;
  do {
    const after: Record<string, string> = typeof next === 'string' ? { 'page[after]': next } : {};
    const page = expectStatus(await listRuns({ ...parameters, ...after }), 200);
    items.push(...page.items);
    next = page.nextPageToken;
  } while (next !== null && next !== undefined);
  return items;
}

/** Texts that nothing can be equal to, since none is kept (flows-api 1.5). */
const isUnkeepable = (text: string): boolean => text.includes('\0');
function expectInvalid({ status, body }: Answer<Partial<Problem>>): void {
  expect([status, body.code]).toEqual([400, 'INVALID_QUERY']);
}

/** 400 INVALID_QUERY, or nothing but own runs. */
function expectNarrow({ status, body }: Answer<Listed>): void {
  if (status === 400) {
    expect(body.code).toBe('INVALID_QUERY');
    return;
  }
  expect(status).toBe(200);
  const allowed = new Set(idsOf(ownRuns()));
  expect(idsOf(body.items).filter((id) => !allowed.has(id))).toEqual([]);
}

describe('filters of runs, against a model of them', () => {
  it('list exactly the own runs for which all comparisons hold, page by page in order', async () => {
    const sizes = fc.constantFrom(1, 7, 50, 200);
    await fc.assert(
      fc.asyncProperty(fc.array(comparison, { maxLength: 4 }), sizes, fc.nat(11), async (comparisons, size, style) => {
        const query = joined(
          comparisons.map((one) => written(one, style)),
          style,
        );
        if (isUnkeepable(query)) return expectInvalid(await listRuns({ query }));
        const expected = ownRuns().filter((run) => comparisons.every((one) => holds(one, run)));
        const floor = expected.length > 40 ? Math.max(size, 50) : size;
        expect(idsOf(await allPages({ query, 'page[size]': String(floor) }))).toEqual(idsOf(expected));
      }),
      { numRuns: 250, verbose: 1 },
    );
  });

  it('are as if their clauses on the scope were not there', async () => {
    const clauses = fc.array(fc.oneof(comparison, scopeClause), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(clauses, fc.nat(11), async (mixed, style) => {
        const query = joined(
          mixed.map((one) => (typeof one === 'string' ? one : written(one, style))),
          style,
        );
        if (isUnkeepable(query)) return expectInvalid(await listRuns({ query }));
        const comparisons = mixed.filter((one) => typeof one !== 'string');
        const expected = ownRuns().filter((run) => comparisons.every((one) => holds(one, run)));
        const listed = expectStatus(await listRuns({ query, 'page[size]': '200' }), 200);
        expect(idsOf(listed.items)).toEqual(idsOf(expected));
      }),
      { numRuns: 150, verbose: 1 },
    );
  });

  it('of very many comparisons work like one', async () => {
    const chain = Array.from({ length: 250 }, () => "ExecutionStatus != 'Pending'").join(' AND ');
    const listed = await listRuns({ query: chain, 'page[size]': '200' });
    expect(idsOf(expectStatus(listed, 200).items)).toEqual(idsOf(ownRuns().filter((run) => run.status !== 'Pending')));
  });
});

describe('what a client sends can only narrow', () => {
  it('as a filter of runs: own runs, or 400 INVALID_QUERY', async () => {
    const names = fc.constantFrom('query', 'filter', 'status');
    await fc.assert(
      fc.asyncProperty(names, nearlyFilter, async (name, text) => {
        expectNarrow(await listRuns({ [name]: text }));
      }),
      { numRuns: 600, verbose: 1 },
    );
  });

  it('as a value in a well-formed filter: own runs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileText, { minLength: 1, maxLength: 3 }), async (texts) => {
        const query = texts.map((text) => `triggerType != '${`${CANARY}${text}`.replaceAll("'", "''")}'`).join(' AND ');
        if (isUnkeepable(query)) return expectInvalid(await listRuns({ query }));
        const listed = await listRuns({ query, 'page[size]': '200' });
        expectNarrow(listed);
        expect(idsOf(expectStatus(listed, 200).items)).toEqual(idsOf(ownRuns()));
      }),
      { numRuns: 150, verbose: 1 },
    );
  });

  it('as filters of the audit: what the model says, or 400', async () => {
    const value = (...known: readonly string[]) =>
      fc.option(fc.oneof(fc.constantFrom(...known), hostileText), { freq: 3 });
    const filters = fc.record({
      eventType: value(...AUDIT_TYPES),
      actorId: value('alice', 'bob', "o'hara"),
      flowId: value('F', 'G'),
      executionId: fc.option(fc.constantFrom(...idsOf(runs)), { freq: 8 }),
      outcome: fc.option(fc.constantFrom('accepted', 'denied'), { freq: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(filters, async (drawn) => {
        const given = Object.entries(drawn).filter(([, text]) => text !== null) as [keyof ModelAudit, string][];
        const answer = await own.call<ListBody<AuditItem> & Partial<Problem>>(
          'GET',
          `/audit?${search(Object.fromEntries(given))}&page[size]=200`,
        );
        if (given.some(([, text]) => isUnkeepable(text))) return expectInvalid(answer);
        const expected = audit
          .filter((entry) => entry.tenantId === 'T' && entry.workspaceId === 'W')
          .filter((entry) => given.every(([name, text]) => entry[name] === text))
          .map(({ eventId }) => eventId);
        expect(expectStatus(answer, 200).items.map(({ eventId }) => eventId)).toEqual(expected);
      }),
      { numRuns: 200, verbose: 1 },
    );
  });
});

describe('cursors', () => {
  type Paged = Listed & { readonly pageInfo?: { readonly nextCursor: string | null } };
  const LISTS = ['/flows/F/executions', '/flows', '/audit'];
  const firstCursor = async (client: ApiClient, path: string): Promise<string> => {
    const page = expectStatus(await client.call<Paged>('GET', `${path}?page[size]=1`), 200);
    return page.nextPageToken ?? page.pageInfo?.nextCursor ?? '';
  };

  it('forged, tampered with, or of other lists and tenants: only own items, or 400 INVALID_QUERY', async () => {
    const real = (
      await Promise.all([own, stranger].flatMap((client) => LISTS.map((path) => firstCursor(client, path))))
    ).filter((cursor) => cursor !== '');
    expect(real.length).toBeGreaterThan(3);
    const encoded = fc.oneof(
      fc.json(),
      fc.tuple(fc.oneof(fc.integer(), fc.double()), hostileText).map((pair) => JSON.stringify(pair)),
    );
    const tampered = fc
      .tuple(fc.constantFrom(...real), fc.nat(60), fc.constantFrom('A', '_', '!', '\0', 'é', ''))
      .map(([cursor, at, char]) => cursor.slice(0, at) + char + cursor.slice(at + 1));
    const cursors = fc.oneof(
      fc.constantFrom(...real),
      tampered,
      encoded.map((text) => Buffer.from(text).toString('base64url')),
      hostileText,
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...LISTS), cursors, fc.nat(3), async (path, cursor, size) => {
        const answer = await own.call<Paged>(
          'GET',
          `${path}?${search({ 'page[after]': cursor, 'page[size]': String(size + 1) })}`,
        );
        if (answer.status === 400) {
          expect(answer.body.code).toBe('INVALID_QUERY');
          return;
        }
        expect(answer.status).toBe(200);
        const items = answer.body.items as readonly Partial<
          RunItem & FlowBody & AuditItem & { tenantId: string; workspaceId: string }
        >[];
        for (const { executionId, flowId, name, tenantId = 'T', workspaceId = 'W' } of items) {
          if (path.endsWith('/executions')) expect(executionId).toMatch(/^T:W:F:/);
          if (path === '/flows') expect([flowId, name]).toEqual([flowId, `T/W/${flowId}`]);
          expect([tenantId, workspaceId]).toEqual(['T', 'W']);
        }
      }),
      { numRuns: 600, verbose: 1 },
    );
  });
});

describe('the SQL of all of this, as it went over the wire', () => {
  it('holds no text and no value of a client, and nothing quoted: only names, operators and parameters', () => {
    const lists = seen.filter(({ sql }) => /FROM (executions|audit|flows)\b/.test(sql));
    expect(lists.length).toBeGreaterThan(1_000);
    const texts = [...new Set(lists.map(({ sql }) => sql))];
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((sql) => sql.includes(CANARY))).toEqual([]);
    expect(texts.filter((sql) => !/^[A-Za-z_.,()*=<>+$:\d\s]+$/.test(sql))).toEqual([]);
    const words = texts.flatMap((sql) => sql.replaceAll(/\$\d+/g, '').match(/\d+|[A-Z][a-z]\w*/g) ?? []);
    // Numbers that are in the text of the statements: none is anybody's.
    expect(new Set(words)).toEqual(new Set(['0', '1', '512']));
  });

  it('always asks for the caller’s own scope', () => {
    const lists = seen.filter(({ sql }) => /FROM (executions|audit|flows)\b/.test(sql));
    const scoped = /tenant_id = \$1 AND (\w+\.)?workspace_id = \$2/;
    expect([...new Set(lists.map(({ sql }) => sql))].filter((sql) => !scoped.test(sql))).toEqual([]);
  });
});
