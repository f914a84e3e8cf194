import type { SealedSecret } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf } from './public-query.js';

/** With the secrets that this actor has made by it, as long as they may be shown. */
export const COMMAND_RESULT = publicQuery({
  name: 'command-result',
  text: `
    SELECT c.http_status AS "httpStatus", c.result, coalesce(s.sealed, '[]') AS sealed
      FROM flows.commands c
      LEFT JOIN LATERAL (
        SELECT json_agg(json_build_object('triggerId', trigger_id, 'secret', json_build_object(
                 'secretId', secret_id, 'keyId', key_id, 'ciphertext', ciphertext))) AS sealed
          FROM flows.command_secrets(c.command_id, $2)
         WHERE c.secret_ids <> '{}') s ON true
     WHERE c.command_id = $1 AND c.result IS NOT NULL`,
  columns: 'httpStatus int4, result text, sealed json',
});

export const COMMAND_RESULT_SIZE = publicQuery({
  name: 'command-result-size',
  text: 'SELECT octet_length(result) AS bytes FROM flows.commands WHERE command_id = $1',
  columns: 'bytes int4?',
});

export const START_DECISION = publicQuery({
  name: 'start-decision',
  text: `
    SELECT c.status, c.http_status AS "httpStatus", c.error, c.partition, e.version, e.input, e.created_offset AS offset
      FROM flows.commands c
      LEFT JOIN flows.executions e ON e.execution_id = $2 AND e.tenant_id = c.tenant_id
     WHERE c.command_id = $1 AND c.tenant_id = $3 AND c.status <> 'pending'`,
  columns: 'status text, httpStatus int4, error text?, partition int4, version int4?, input text?, offset int8?',
});

/** The run by this id, as long as it is open and no other command is known to have asked for it. */
export const OPEN_RUN_OF_FIRE = publicQuery({
  name: 'open-run-of-fire',
  text: `
    SELECT e.version, e.input, c.partition, e.created_offset AS offset
      FROM flows.executions e JOIN flows.commands c ON c.command_id = $1 AND c.tenant_id = e.tenant_id
     WHERE e.execution_id = $2 AND e.tenant_id = $3 AND e.closed_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM flows.commands o
                        WHERE o.partition = c.partition AND o.position_offset = e.created_offset + 1
                          AND o.command_id <> c.command_id)`,
  columns: 'version int4, input text, partition int4, offset int8',
});

export const STALE_COMMANDS = publicQuery({
  name: 'stale-commands',
  text: `
    SELECT partition, position_offset - 1 AS "eventOffset" FROM flows.commands
     WHERE status = 'pending' AND decided_at < now() - $1 * interval '1 ms'
       AND (partition || '/' || (position_offset - 1)) <> ALL ($3::text[])
     ORDER BY decided_at LIMIT $2`,
  columns: 'partition int4, eventOffset int8',
});

/** The recorded answer of an accepted command: JSON text, and the secrets in it that the actor may see. */
export type CommandResult = {
  readonly httpStatus: number;
  readonly result: string;
  readonly sealed: readonly SealedSecret[];
};

export async function commandResult(
  pool: Pool,
  scope: TenantScope,
  commandId: string,
  actorId: string,
): Promise<CommandResult | undefined> {
  const values = [commandId, actorId.replaceAll('\0', '\uFFFD')];
  return (await tenantRowsOf(pool, scope, COMMAND_RESULT, values))[0] as CommandResult | undefined;
}

/** Bytes of the recorded answer of an accepted command; null: there is none. */
export async function commandResultBytes(pool: Pool, scope: TenantScope, commandId: string): Promise<number | null> {
  return (await tenantRowsOf(pool, scope, COMMAND_RESULT_SIZE, [commandId]))[0]?.bytes ?? null;
}

/** What was decided of a command that starts a run, and the run where there is one; undefined: nothing so far. */
export async function startDecision(pool: Pool, commandId: string, executionId: string, tenantId: string) {
  return (await rowsOf(pool, START_DECISION, [commandId, executionId, tenantId]))[0];
}

/**
 * The open run of a fire that was decided before, by an outcome that is past its retention; undefined: it is closed, or
 * another fire has its id.
 */
export async function openRunOfFire(pool: Pool, commandId: string, executionId: string, tenantId: string) {
  return (await rowsOf(pool, OPEN_RUN_OF_FIRE, [commandId, executionId, tenantId]))[0];
}

/**
 * Where commands were found stale, longer ago than this, that have no outcome since; the oldest first.
 *
 * @param but places not wanted
 */
export function staleCommands(
  pool: Pool,
  graceMs: number,
  limit: number,
  but: readonly { readonly partition: number; readonly eventOffset: number }[],
) {
  const unwanted = but.map(({ partition, eventOffset }) => `${partition}/${eventOffset}`);
  return rowsOf(pool, STALE_COMMANDS, [graceMs, limit, unwanted]);
}
