import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  filteredSource,
  isJsonObject,
  matchesSearch,
  maySeeTemplate,
  readPlainQuery,
  readSearch,
  sortValue,
  type JsonObject,
  type SearchDocument,
  type SearchRequest,
  type SearchTarget,
  type SearchValue,
  type Template,
} from '@flowplane/contracts';
import {
  checkedValue,
  sentValue,
  TemplateRefusal,
  type Answer,
  type AnswerLimiter,
  type TemplateCall,
} from '@flowplane/runtime/api';
import { awaitMinPosition, stored } from '@flowplane/runtime/read-model';
import {
  ownerOf,
  shownState,
  shownTemplate,
  templateColumns,
  templateRows,
  userObject,
  type StateRow,
} from './template-rows.js';
import type { TemplatesScope } from './template-access.js';
import { shownTo } from './templates.js';

export type TemplateSearchScope = TemplatesScope & { readonly answers: AnswerLimiter };

const INDEX: Readonly<Record<SearchTarget, string>> = {
  template: '.plugins-flow-framework-templates',
  state: '.plugins-flow-framework-state',
};
/** Rows that are read at once. */
const BATCH = 100;
/** What is searched of each text of a template; of a `version` that is longer as JSON nothing is. */
const MAX_SEARCHED_CHARS = 2048;
/** Time for comparing before others have their turn, ms. */
const TURN_MS = 20;

type Row = StateRow & {
  readonly bytes: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly use_case: string | null;
  readonly version: JsonObject | null;
};

const BATCH_OF = {
  template: {
    name: 'search-templates',
    text: `
      SELECT ${templateColumns}, octet_length(document) AS bytes, left(said.name, ${MAX_SEARCHED_CHARS}) AS name,
             left(said.description, ${MAX_SEARCHED_CHARS}) AS description,
             left(said."useCase", ${MAX_SEARCHED_CHARS}) AS use_case,
             CASE WHEN octet_length(said.version::text) <= ${MAX_SEARCHED_CHARS} THEN said.version END AS version
        FROM templates,
             json_to_record(document::json) AS said (name text, description text, "useCase" text, version json)
       WHERE document IS NOT NULL AND template_id > $1 ORDER BY template_id LIMIT $2`,
  },
  state: {
    name: 'search-template-states',
    text: `
      SELECT ${templateColumns}, octet_length(resources) AS bytes FROM templates
       WHERE template_id > $1 ORDER BY template_id LIMIT $2`,
  },
};
const DOCUMENTS = {
  name: 'documents-of-templates',
  text: 'SELECT template_id, document FROM templates WHERE template_id = ANY ($1) AND document IS NOT NULL',
};

type Match = { readonly row: Row; readonly document: SearchDocument };

/** GET or POST …/_search and …/state/_search (provisioning 14.2). */
export async function searchTemplates(
  scope: TemplateSearchScope,
  call: TemplateCall,
  target: SearchTarget,
): Promise<Answer> {
  const started = Date.now();
  checkedValue(readPlainQuery(call.pairs, call.path, []));
  const request = checkedValue(readSearch(sentValue(call), target));
  await awaitMinPosition(scope, call);
  const matching = await matchesOf(scope, call, request, started + call.settings.requestTimeoutMs);
  const page = sorted(matching, request).slice(request.from, request.from + request.size);
  const bytes = request.source === false ? 0 : page.reduce((sum, { row }) => sum + row.bytes, 0);
  // As text, and as what it is parsed to.
  const held = await scope.answers.hold(call, 2 * bytes);
  call.onOver(() => held.release());
  const hits = await hitsOf(scope, call, request, page);
  const isScored = request.sort.length === 0;
  return {
    status: 200,
    body: {
      ...{ took: Date.now() - started, timed_out: false },
      _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
      hits: { ...totalOf(matching.length, request), max_score: isScored && hits.length > 0 ? 1 : null, hits },
    },
  };
}

async function matchesOf(
  { pool }: TemplateSearchScope,
  call: TemplateCall,
  request: SearchRequest,
  deadline: number,
): Promise<readonly Match[]> {
  const { tenantId, user, settings } = call;
  const matching: Match[] = [];
  let turnSince = performance.now();
  for (let after = ''; ;) {
    const rows = await stored(
      templateRows<Row>(pool, tenantId, { ...BATCH_OF[request.target], values: [after, BATCH] }),
    );
    for (const row of rows) {
      if (performance.now() - turnSince > TURN_MS) {
        await nextTurn();
        turnSince = performance.now();
      }
      if (Date.now() > deadline) throw new TemplateRefusal({ status: 408, message: 'The search timed out.' });
      if (settings.filterByBackendRoles && !maySeeTemplate(user, ownerOf(row))) continue;
      const document = searched(row, request.target, settings.multiTenancyEnabled ? tenantId : undefined);
      if (matchesSearch(request.query, document)) matching.push({ row, document });
    }
    if (rows.length < BATCH) return matching;
    after = rows.at(-1)?.template_id ?? '';
  }
}

/** What a query looks at; the owner too, who is shown to few. */
function searched(row: Row, target: SearchTarget, tenantId: string | undefined): SearchDocument {
  const id = { workflow_id: row.template_id };
  if (target === 'state') return { ...shownState(row, { user: true, tenantId }), ...id };
  const owner = ownerOf(row);
  const text = (name: string, value: string | null): JsonObject =>
    value === null || value === '' ? {} : { [name]: value };
  return {
    ...id,
    ...text('name', row.name),
    ...text('description', row.description),
    ...text('use_case', row.use_case),
    ...(isJsonObject(row.version) ? { version: row.version } : {}),
    ...{ created_time: row.created_at.getTime(), last_updated_time: row.updated_at.getTime() },
    ...(row.provisioned_at === null ? {} : { last_provisioned_time: row.provisioned_at.getTime() }),
    ...(owner === undefined ? {} : { user: userObject(owner) }),
    ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
  };
}

/** In the order that was asked for; what lacks a value comes last, and documents without another order as they are made. */
function sorted(matching: readonly Match[], { sort }: SearchRequest): readonly Match[] {
  return matching.toSorted((one, other) => {
    for (const { by, order } of sort) {
      if (typeof by === 'string') continue;
      const compared = compareValues(sortValue(by, one.document), sortValue(by, other.document), order);
      if (compared !== 0) return compared;
    }
    return Number(one.row.created_at) - Number(other.row.created_at);
  });
}

function compareValues(one: SearchValue | undefined, other: SearchValue | undefined, order: 'asc' | 'desc'): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  const direction = order === 'asc' ? 1 : -1;
  return (one < other ? -1 : one > other ? 1 : 0) * direction;
}

async function hitsOf(
  { pool }: TemplateSearchScope,
  call: TemplateCall,
  request: SearchRequest,
  page: readonly Match[],
): Promise<readonly JsonObject[]> {
  const documents = new Map<string, Template>();
  const needsDocument = request.target === 'template' && request.source !== false;
  if (needsDocument) {
    const ids = page.map(({ row }) => row.template_id);
    const rows = await stored(
      templateRows<{ template_id: string; document: string }>(pool, call.tenantId, { ...DOCUMENTS, values: [ids] }),
    );
    for (const { template_id: id, document } of rows) documents.set(id, JSON.parse(document) as Template);
  }
  // One that was deleted since it was found has none any more, and is no hit.
  const there = page.filter(({ row }) => !needsDocument || documents.has(row.template_id));
  return there.map(({ row, document }) => ({
    ...{ _index: INDEX[request.target], _id: row.template_id },
    ...{ _version: Number(row.revision), _seq_no: Math.max(0, Number(row.revision) - 1), _primary_term: 1 },
    _score: request.sort.length === 0 ? 1 : null,
    ...(request.source === false ? {} : { _source: sourceOf(call, request, row, documents.get(row.template_id)) }),
    ...(request.sort.length === 0
      ? {}
      : { sort: request.sort.map(({ by }) => (typeof by === 'string' ? null : (sortValue(by, document) ?? null))) }),
  }));
}

function sourceOf(call: TemplateCall, request: SearchRequest, row: Row, document: Template | undefined): JsonObject {
  const shown = shownTo(call);
  const whole =
    request.target === 'state' || document === undefined
      ? shownState(row, shown)
      : shownTemplate(row, document, { ...shown, uiMetadata: !request.hasSourceClause });
  return request.source === undefined || request.source === false ? whole : filteredSource(whole, request.source);
}

function totalOf(count: number, { trackTotalHits }: SearchRequest): JsonObject {
  if (trackTotalHits === false) return {};
  const most = trackTotalHits === true ? Infinity : trackTotalHits;
  return { total: { value: Math.min(count, most), relation: count > most ? 'gte' : 'eq' } };
}
