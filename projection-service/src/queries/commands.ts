import { encodePosition, type Command } from '@flowplane/contracts';
import { param, refusal, Refusal, type Answer, type Call } from '@flowplane/infra/http';
import { COMMAND_TYPE_NAMES } from '../domain/command-type-name.js';
import { isoTime } from '../domain/plain-text.js';
import type { PendingCommands } from './pending-commands.js';
import { readAs, type ReadScope } from './read-scope.js';

export type CommandsScope = ReadScope & {
  readonly pending: PendingCommands;
  /** FLOWS_COMMAND_RETENTION, ms. */
  readonly commandRetentionMs: number;
};

type CommandRecord = {
  readonly command_id: string;
  readonly type: string;
  readonly status: 'pending' | 'accepted' | 'rejected';
  readonly submitted_at: Date;
  readonly decided_at: Date;
  readonly partition: number;
  readonly position_offset: string;
  readonly http_status: number | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly run_status: string | null;
};

const ONE = `
  SELECT c.command_id, c.type, c.status, c.submitted_at, c.decided_at, c.partition, c.position_offset, c.http_status,
         c.result, c.error, e.status AS run_status
    FROM commands c
    LEFT JOIN executions e ON e.execution_id = c.execution_id
   WHERE c.command_id = $1 AND c.tenant_id = $2 AND c.workspace_id = $3 AND c.decided_at > $4`;

/** GET /commands/{commandId} */
export async function getCommand(scope: CommandsScope, call: Call): Promise<Answer> {
  const commandId = param(call, 'commandId');
  const recorded = await find(scope, call, commandId);
  if (recorded !== undefined) return { status: 200, body: recordedBody(recorded) };
  const waiting = await scope.pending.find(call.tenantId, commandId).catch((cause: unknown) => {
    if (cause instanceof Refusal) throw cause;
    throw Object.assign(refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
  });
  if (waiting !== undefined && isOwn(call, waiting)) return { status: 200, body: pendingBody(waiting) };
  // Decided and projected while the log was searched?
  const meanwhile = await find(scope, call, commandId);
  if (meanwhile === undefined) throw refusal('COMMAND_NOT_FOUND');
  return { status: 200, body: recordedBody(meanwhile) };
}

/** GET /v1/internal/flows/tenants/{tenantId}/commands/{commandId}: commands about a tenant are of no workspace. */
export const getTenantCommand = (scope: CommandsScope, call: Call): Promise<Answer> =>
  getCommand(scope, { ...call, tenantId: param(call, 'tenantId'), workspaceId: '' });

async function find(scope: CommandsScope, call: Call, commandId: string): Promise<CommandRecord | undefined> {
  const retainedSince = new Date(Date.now() - scope.commandRetentionMs);
  const values = [commandId, call.tenantId, call.workspaceId, retainedSince];
  return readAs(scope, call, async (client) => (await client.query<CommandRecord>(ONE, values)).rows[0]);
}

/** What the executor records about itself is nobody's to ask for. */
const isOwn = (call: Call, { meta, type }: Command): boolean =>
  meta.tenantId === call.tenantId && meta.workspaceId === call.workspaceId && COMMAND_TYPE_NAMES[type] !== null;

const UNDECIDED = { decidedAt: null, position: null, httpStatus: null, result: null, error: null };

const pendingBody = ({ type, meta }: Command) => ({
  commandId: meta.commandId,
  type: COMMAND_TYPE_NAMES[type],
  status: 'pending',
  submittedAt: isoTime(meta.submittedAt),
  ...UNDECIDED,
});

function recordedBody(row: CommandRecord) {
  const common = {
    commandId: row.command_id,
    type: row.type,
    status: row.status,
    submittedAt: isoTime(row.submitted_at.getTime()),
  };
  if (row.status === 'pending') return { ...common, ...UNDECIDED };
  return {
    ...common,
    decidedAt: isoTime(row.decided_at.getTime()),
    position: encodePosition({ partition: row.partition, offset: Number(row.position_offset) }),
    httpStatus: row.http_status,
    result: resultOf(row),
    error: row.error === null ? null : (JSON.parse(row.error) as unknown),
  };
}

/** The answer as it was, but with the run's present status. */
function resultOf(row: CommandRecord): unknown {
  if (row.result === null) return null;
  const result = JSON.parse(row.result) as Record<string, unknown>;
  return row.run_status === null ? result : { ...result, status: row.run_status };
}
