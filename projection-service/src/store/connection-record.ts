import type { Statement } from '@flowplane/plumbing/postgres';
import type { ConnectionsFold } from '../domain/fold-connections.js';
import { at, rowsStatement } from './write-rows.js';

const CONNECTIONS = `
  INSERT INTO connections (tenant_id, workspace_id, name, kind, endpoint, version, secret_id, fingerprint, superseded,
                           created_at, rotated_at, rotated_by, log_offset)
  SELECT r."tenantId", r."workspaceId", r.name, r.kind, r.endpoint, r.version, r."secretId", r.fingerprint, r.superseded,
         ${at('createdAt')}, ${at('rotatedAt')}, r."rotatedBy", r."logOffset"
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, name text, kind text, endpoint text,
         version bigint, "secretId" text, fingerprint text, superseded text, "createdAt" bigint, "rotatedAt" bigint,
         "rotatedBy" text, "logOffset" bigint)
  ON CONFLICT (tenant_id, workspace_id, name) DO UPDATE
    SET kind = excluded.kind, endpoint = excluded.endpoint, version = excluded.version, secret_id = excluded.secret_id,
        fingerprint = excluded.fingerprint, superseded = excluded.superseded, created_at = excluded.created_at,
        rotated_at = excluded.rotated_at, rotated_by = excluded.rotated_by, log_offset = excluded.log_offset`;

const GONE_CONNECTIONS = `
  DELETE FROM connections c
   USING json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, name text)
   WHERE c.tenant_id = r."tenantId" AND c.workspace_id = r."workspaceId" AND c.name = r.name`;

export function connectionWrites(connections: ConnectionsFold): readonly Statement[] {
  const rows = [...connections.values()].filter((row) => row !== null);
  const gone = [...connections].flatMap(([key, row]) => {
    const [tenantId, workspaceId, name] = key.split(':');
    return row === null ? [{ tenantId, workspaceId, name }] : [];
  });
  return [
    ...rowsStatement('control-connections', CONNECTIONS, rows),
    ...rowsStatement('control-gone-connections', GONE_CONNECTIONS, gone),
  ];
}
