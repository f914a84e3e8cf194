import type { Call, PartsAnswer } from '@flowplane/runtime/api';
import { holdRows, wholeAnswer, type BoundedScope } from './bounded-rows.js';
import { MAX_PAGE_SIZE } from './paging.js';

/** A list of the triggers of a workspace, which has no pages. */
export type TriggerList<Row> = {
  /** `SELECT … FROM … WHERE tenant_id = $1 AND workspace_id = $2`, with a column `bytes` (`bytesOf`). */
  readonly select: string;
  /** Two columns of it, which no two rows have in common. */
  readonly order: readonly [keyof Row & string, keyof Row & string];
  readonly shown: (row: Row) => object;
};

/** Answers with all of them, read part by part. */
export async function listTriggers<Row extends object>(
  scope: BoundedScope,
  call: Call,
  { select, order: [first, second], shown }: TriggerList<Row>,
): Promise<PartsAnswer> {
  const order = `${first}, ${second}`;
  const behind = async (row?: Row) => {
    const after = row === undefined ? [] : [row[first], row[second]];
    return holdRows<Row>(scope, call, {
      select: row === undefined ? select : `${select} AND (${order}) > ($3, $4)`,
      order,
      values: [call.tenantId, call.workspaceId, ...after],
      limit: MAX_PAGE_SIZE,
    });
  };
  const rows = await behind();
  if (rows === undefined) throw new TypeError('a list of triggers is always there');
  return wholeAnswer(rows, (some) => some.map((row) => JSON.stringify(shown(row))), behind);
}
