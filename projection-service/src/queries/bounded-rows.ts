import type { AnswerLimiter, Call, HeldBytes, PartsAnswer } from '@flowplane/runtime/api';
import { refusal, type Part } from '@flowplane/plumbing/http';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { readAs, type ReadScope } from './read-scope.js';

/** Bytes of rows that are loaded at once: of a page, and of a part of a list without pages. A larger row comes alone. */
export const MAX_PAGE_BYTES = 4_194_304;

export type BoundedScope = ReadScope & { readonly answers: AnswerLimiter };

/** A list whose rows are loaded as far as their bytes are allowed. */
export type BoundedList = {
  /** `SELECT … FROM … WHERE …`, with a column `bytes`: what the texts of the row have, by `bytesOf`. */
  readonly select: string;
  /** Of the select's columns, and total: a page begins behind the last row of the page before. */
  readonly order: string;
  /** Of the placeholders in `select`. */
  readonly values: readonly unknown[];
  /** Rows at most. */
  readonly limit: number;
};

export type HeldRows<Row> = {
  readonly rows: readonly Row[];
  /** There are rows behind these. */
  readonly isMore: boolean;
  /** What the rows need in memory; to be released when the client has taken them. */
  readonly held: HeldBytes;
};

/** What a row needs beside its long texts. */
const ROW_BYTES = 512;

/** SQL for the size of a row by these text columns. The server knows it without reading the texts. */
export const bytesOf = (...columns: readonly string[]): string =>
  [String(ROW_BYTES), ...columns.map((column) => `coalesce(octet_length(${column}), 0)`)].join(' + ');

/** Only rows that fit together reach the client; `found`: how many of `limit` + 1 there are. */
const boundedSql = ({ select, order, values }: BoundedList): string => `
  SELECT * FROM (
    SELECT page.*, row_number() OVER so_far AS nth, sum(page.bytes) OVER so_far AS bytes_so_far, count(*) OVER () AS found
      FROM (${select} ORDER BY ${order} LIMIT $${values.length + 1}) AS page
    WINDOW so_far AS (ORDER BY ${order} ROWS UNBOUNDED PRECEDING)) AS bounded
   WHERE bytes_so_far <= $${values.length + 2} AND nth < $${values.length + 1} ORDER BY nth`;
const firstSql = ({ select, order }: BoundedList): string =>
  `SELECT bytes FROM (${select} ORDER BY ${order} LIMIT 1) AS first`;

/** Whether there is what a list is of: asked before its rows are, or when it has none. */
type IsThere = (client: PoolClient) => Promise<boolean>;
const always: IsThere = () => Promise.resolve(true);

type Counted = { readonly bytes_so_far: string; readonly found: string };
const MAX_TRIES = 3;

/**
 * Loads the first rows of a list: as many as fit into `MAX_PAGE_BYTES`, and at least one.
 *
 * @returns undefined when what the list is of is not there
 * @throws Refusal 503 OVERLOADED: too many other answers are in memory; as `readAs`
 */
export async function holdRows<Row>(
  scope: BoundedScope,
  call: Call,
  list: BoundedList,
  { before = always, ifEmpty = always }: { readonly before?: IsThere; readonly ifEmpty?: IsThere } = {},
): Promise<HeldRows<Row> | undefined> {
  let wanted = MAX_PAGE_BYTES;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const held = await scope.answers.hold(call, wanted);
    let isKept = false;
    try {
      const loaded = await readAs(scope, call, async (client) =>
        (await before(client)) ? load<Row>(client, list, wanted, ifEmpty) : undefined,
      );
      if (loaded === undefined) return undefined;
      if (loaded.needed === undefined) {
        held.shrinkTo(loaded.bytes);
        isKept = true;
        return { rows: loaded.rows, isMore: loaded.isMore, held };
      }
      wanted = loaded.needed;
    } finally {
      if (!isKept) held.release();
    }
  }
  throw refusal('OVERLOADED', { retryAfterSeconds: 1 });
}

type Loaded<Row> = {
  readonly rows: readonly Row[];
  readonly isMore: boolean;
  readonly bytes: number;
  /** The first row alone needs this many bytes, which is more than was allowed. */
  readonly needed?: number;
};

async function load<Row>(
  client: PoolClient,
  list: BoundedList,
  maxBytes: number,
  ifEmpty: IsThere,
): Promise<Loaded<Row> | undefined> {
  const values = [...list.values, list.limit + 1, maxBytes];
  const { rows } = await client.query<Row & Counted>(boundedSql(list), values);
  const last = rows.at(-1);
  if (last !== undefined) {
    return { rows, isMore: Number(last.found) > rows.length, bytes: Number(last.bytes_so_far) };
  }
  const [first] = (await client.query<{ readonly bytes: number }>(firstSql(list), [...list.values])).rows;
  const nothing = { rows, isMore: false, bytes: 0 };
  if (first !== undefined) return { ...nothing, needed: Math.max(Number(first.bytes), maxBytes + 1) };
  return (await ifEmpty(client)) ? nothing : undefined;
}

/** An answer of one text, which is made when it is sent; then what it needed is released. */
export function heldAnswer(
  held: HeldBytes,
  text: () => string | Promise<string>,
  headers: PartsAnswer['headers'] = {},
): PartsAnswer {
  async function* parts(): AsyncGenerator<Part> {
    try {
      yield { text: await text(), isLast: true };
    } finally {
      held.release();
    }
  }
  return { status: 200, headers, parts: parts() };
}

/** A page of a list, as JSON. @param members text of the members behind `items` */
export const pageAnswer = <Row>(page: HeldRows<Row>, textOf: (row: Row) => string, members: string): PartsAnswer =>
  heldAnswer(page.held, () => `{"items":[${page.rows.map(textOf).join(',')}],${members}}`);

/**
 * A whole list: parts that follow each other without a connection of the store being held between them, so that a client
 * may read slowly. What is written meanwhile may be in it or not; no row is in it twice.
 *
 * @param after the rows behind a row
 */
export function wholeAnswer<Row>(
  first: HeldRows<Row>,
  textsOf: (rows: readonly Row[]) => readonly string[] | Promise<readonly string[]>,
  after: (row: Row) => Promise<HeldRows<Row> | undefined>,
): PartsAnswer {
  async function* parts(): AsyncGenerator<Part> {
    let page: HeldRows<Row> | undefined = first;
    let before = '{"items":[';
    try {
      while (page !== undefined) {
        const texts = await textsOf(page.rows);
        const last = page.isMore ? page.rows.at(-1) : undefined;
        const text: string = (texts.length === 0 ? before.replace(',', '') : before) + texts.join(',');
        yield last === undefined ? { text: `${text}]}`, isLast: true } : { text };
        page.held.release();
        if (last === undefined) return;
        before = ',';
        page = await after(last);
      }
      // What the list is of has gone meanwhile.
      yield { text: ']}', isLast: true };
    } finally {
      page?.held.release();
    }
  }
  return { status: 200, parts: parts() };
}
