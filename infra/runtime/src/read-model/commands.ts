import type { SealedSecret } from '@flowplane/contracts';
import { plainText } from '@flowplane/contracts/read-model';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf } from './public-query.js';

/** With the secrets that this actor has made by it, as long as they may be shown; without a result of more than $3 bytes. */
export const COMMAND_RESULT_WITHIN = publicQuery({
  name: 'command-result-within',
  text: `
    SELECT c.http_status AS "httpStatus", octet_length(c.result) AS bytes,
           CASE WHEN octet_length(c.result) <= $3 THEN c.result END AS result, coalesce(s.sealed, '[]') AS sealed
      FROM flows.commands c
      LEFT JOIN LATERAL (
        SELECT json_agg(json_build_object('triggerId', trigger_id, 'secret', json_build_object(
                 'secretId', secret_id, 'keyId', key_id, 'ciphertext', ciphertext))) AS sealed
          FROM flows.command_secrets(c.command_id, $2)
         WHERE c.secret_ids <> '{}') s ON true
     WHERE c.command_id = $1 AND c.result IS NOT NULL`,
  columns: 'httpStatus int4, bytes int4, result text?, sealed json',
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
  /** Of `result`. */
  readonly bytes: number;
  /** Null where it is larger than asked for. */
  readonly result: string | null;
  readonly sealed: readonly SealedSecret[];
};

/** @param maxBytes the result is left out when it is larger */
export async function commandResult(
  pool: Pool,
  scope: TenantScope,
  command: { readonly commandId: string; readonly actorId: string },
  maxBytes: number,
): Promise<CommandResult | undefined> {
  const values = [command.commandId, plainText(command.actorId), maxBytes];
  return (await tenantRowsOf(pool, scope, COMMAND_RESULT_WITHIN, values))[0] as CommandResult | undefined;
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
