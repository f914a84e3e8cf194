import { CONNECTION_NAME } from '@flowplane/contracts';
import { param, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { isoTime } from '@flowplane/contracts/read-model';
import { bytesOf, heldAnswer, holdRows, pageAnswer, type BoundedScope } from './bounded-rows.js';
import { decodeCursor, encodeCursor, type Cursor } from './cursor.js';
import { pageAfter, pageSize } from './paging.js';

/** Which secret a connection has is nobody's to read. */
type ConnectionRecord = {
  readonly name: string;
  readonly kind: string;
  readonly endpoint: string;
  readonly version: string;
  readonly fingerprint: string | null;
  readonly created_at: Date;
  readonly rotated_at: Date;
  readonly rotated_by: string;
};

const DEFAULT_PAGE_SIZE = 100;
const CONNECTIONS = `
  SELECT name COLLATE "C" AS name, kind, endpoint, version, fingerprint, created_at, rotated_at, rotated_by,
         ${bytesOf('endpoint', 'rotated_by')} AS bytes
    FROM connections WHERE tenant_id = $1 AND workspace_id = $2`;
const ORDER = 'name';

/** GET /connections: by name. */
export async function listConnections(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const limit = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeNameCursor);
  const values = [call.tenantId, call.workspaceId, ...(after === undefined ? [] : [after.tie])];
  const select = after === undefined ? CONNECTIONS : `${CONNECTIONS} AND name COLLATE "C" > $3`;
  const page = await holdRows<ConnectionRecord>(scope, call, { select, order: ORDER, values, limit });
  if (page === undefined) throw new TypeError('a list of connections is always there');
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextPageToken = last === undefined ? null : encodeCursor({ timeMs: 0, tie: last.name });
  return pageAnswer(page, connectionJson, `"nextPageToken":${JSON.stringify(nextPageToken)}`);
}

/** GET /connections/{connectionName} */
export async function getConnection(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const values = [call.tenantId, call.workspaceId, param(call, 'connectionName')];
  const one = { select: `${CONNECTIONS} AND name = $3`, order: ORDER, values, limit: 1 };
  const found = await holdRows<ConnectionRecord>(scope, call, one);
  const row = found?.rows[0];
  if (found === undefined || row === undefined) {
    found?.held.release();
    throw refusal('CONNECTION_NOT_FOUND');
  }
  return heldAnswer(found.held, () => connectionJson(row));
}

/** A list by name has no time in its cursor. */
function decodeNameCursor(text: string): Cursor | undefined {
  const cursor = decodeCursor(text);
  return cursor?.timeMs === 0 && CONNECTION_NAME.test(cursor.tie) ? cursor : undefined;
}

function connectionJson(row: ConnectionRecord): string {
  const { name, kind, fingerprint } = row;
  const before = JSON.stringify({ name, kind });
  const after = JSON.stringify({
    ...{ version: Number(row.version), fingerprint, createdAt: isoTime(row.created_at.getTime()) },
    ...{ rotatedAt: isoTime(row.rotated_at.getTime()), rotatedBy: row.rotated_by },
  });
  return `${before.slice(0, -1)},"endpoint":${row.endpoint},${after.slice(1)}`;
}
