import { CONTROL_PROJECTION, type ConnectionKind } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf } from './public-query.js';

/** Connection and position of one moment; all but `nextOffset` is null where there is no such connection. */
export const CONNECTION_AS_OF = publicQuery({
  name: 'connection-as-of',
  text: `
    SELECT c.kind, c.endpoint, c.secret_id AS "secretId", c.log_offset AS "logOffset",
           (SELECT next_offset FROM flows.projection_progress WHERE projection = $2 AND partition = $3) AS "nextOffset"
      FROM (SELECT $1::text AS name) AS asked LEFT JOIN flows.connections c ON c.name = asked.name`,
  columns: 'kind text?, endpoint text?, secretId text?, logOffset int8?, nextOffset int8?',
});

export const CONNECTION_KINDS = publicQuery({
  name: 'connection-kinds',
  text: 'SELECT name, kind FROM flows.connections ORDER BY name LIMIT 10000',
  columns: 'name text, kind text',
});

/** In force, or superseded so lately that an attempt may still ask for it. */
export const CONNECTION_SECRETS = publicQuery({
  name: 'connection-secrets',
  text: `
    SELECT s.id FROM unnest($2::text[]) AS s (id)
     WHERE EXISTS (SELECT 1 FROM flows.connections c WHERE c.tenant_id = $1
                      AND (c.secret_id = s.id
                           OR EXISTS (SELECT 1 FROM json_array_elements(c.superseded::json) AS earlier
                                       WHERE earlier ->> 'secretId' = s.id
                                         AND to_timestamp((earlier ->> 'until')::float8 / 1000) > now())))`,
  columns: 'id text',
});

/** A connection as the read models have it. */
export type StoredConnection = {
  readonly kind: ConnectionKind;
  /** JSON text of an object. */
  readonly endpoint: string;
  readonly secretId: string | null;
  /** Of the event that put it: another one with each PUT, also under a name that was free meanwhile. */
  readonly logOffset: number;
};

/** A connection of the workspace, if there is one, and the position of that moment. @param partition of the events log */
export async function connectionAsOf(
  pool: Pool,
  scope: TenantScope,
  name: string,
  partition: number,
): Promise<{ readonly connection: StoredConnection | undefined; readonly nextOffset: number }> {
  const values = [name, CONTROL_PROJECTION, partition];
  const [row] = await tenantRowsOf(pool, scope, CONNECTION_AS_OF, values);
  const { kind = null, endpoint = null, secretId = null, logOffset = null, nextOffset = null } = row ?? {};
  const isThere = kind !== null && endpoint !== null && logOffset !== null;
  return {
    connection: isThere ? { kind: kind as ConnectionKind, endpoint, secretId, logOffset } : undefined,
    nextOffset: nextOffset ?? 0,
  };
}

/** The kinds of the workspace's connections, by name. */
export async function connectionKinds(pool: Pool, scope: TenantScope): Promise<ReadonlyMap<string, ConnectionKind>> {
  const rows = await tenantRowsOf(pool, scope, CONNECTION_KINDS);
  return new Map(rows.map(({ name, kind }) => [name, kind as ConnectionKind]));
}

/** Those of the secrets that connections of the tenant have, or had until lately, as far as the read models have come. */
export async function connectionSecretsInUse(
  pool: Pool,
  tenantId: string,
  secretIds: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set((await rowsOf(pool, CONNECTION_SECRETS, [tenantId, secretIds])).map(({ id }) => id));
}
