import { encodePosition, openSecret, withSecrets, type Command, type SecretKeys } from '@flowplane/contracts';
import { param, type Answer, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal, Refusal } from '@flowplane/plumbing/http';
import { COMMAND_TYPE_NAMES } from '../domain/command-type-name.js';
import { isoTime, plainText } from '@flowplane/contracts/read-model';
import type { PendingCommands } from './pending-commands.js';
import { queryAsTenant } from '@flowplane/plumbing/postgres';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { bytesOf, heldAnswer, holdRows, type BoundedScope } from './bounded-rows.js';

export type CommandsScope = BoundedScope & {
  readonly pending: PendingCommands;
  /** FLOWS_COMMAND_RETENTION, ms. */
  readonly commandRetentionMs: number;
  readonly secretKeys: SecretKeys;
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
  readonly actor_id: string;
  readonly secret_ids: readonly string[];
};

const ONE = `
  SELECT c.command_id, c.type, c.status, c.submitted_at, c.decided_at, c.partition, c.position_offset, c.http_status,
         c.result, c.error, e.status AS run_status, c.actor_id, c.secret_ids,
         ${bytesOf('c.result', 'c.error')} AS bytes
    FROM commands c
    LEFT JOIN executions e ON e.execution_id = c.execution_id
   WHERE c.command_id = $1 AND c.tenant_id = $2 AND c.workspace_id = $3 AND c.decided_at > $4`;

/** GET /commands/{commandId} */
export async function getCommand(scope: CommandsScope, call: Call): Promise<Answer | PartsAnswer> {
  const commandId = param(call, 'commandId');
  const recorded = await recordedAnswer(scope, call, commandId);
  if (recorded !== undefined) return recorded;
  const waiting = await scope.pending.find(call.tenantId, commandId).catch((cause: unknown) => {
    if (cause instanceof Refusal) throw cause;
    throw Object.assign(refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
  });
  if (waiting !== undefined && isOwn(call, waiting)) return { status: 200, body: pendingBody(waiting) };
  // Decided and projected while the log was searched?
  const meanwhile = await recordedAnswer(scope, call, commandId);
  if (meanwhile === undefined) throw refusal('COMMAND_NOT_FOUND');
  return meanwhile;
}

/** Who made a webhook secret is shown it again, not to be kept by anything on the way. */
async function recordedAnswer(scope: CommandsScope, call: Call, commandId: string): Promise<PartsAnswer | undefined> {
  const retainedSince = new Date(Date.now() - scope.commandRetentionMs);
  const values = [commandId, call.tenantId, call.workspaceId, retainedSince];
  const list = { select: ONE, order: 'command_id', values, limit: 1 };
  const found = await holdRows<CommandRecord>(scope, call, list);
  const row = found?.rows[0];
  if (found === undefined || row === undefined) {
    found?.held.release();
    return undefined;
  }
  const plain = await shownSecrets(scope, call, row).catch((cause: unknown) => {
    found.held.release();
    throw cause;
  });
  const headers: PartsAnswer['headers'] = plain.size === 0 ? {} : { 'cache-control': 'no-store' };
  return heldAnswer(found.held, () => recordedText(row, plain), headers);
}

type SealedRecord = {
  readonly trigger_id: string;
  readonly secret_id: string;
  readonly key_id: string;
  readonly ciphertext: string;
};

async function shownSecrets(
  scope: CommandsScope,
  call: Call,
  row: CommandRecord,
): Promise<ReadonlyMap<string, string>> {
  const { actorId } = call.identity;
  if (row.secret_ids.length === 0 || row.actor_id !== plainText(actorId)) return new Map();
  const statement = {
    name: 'command-secrets',
    text: 'SELECT trigger_id, secret_id, key_id, ciphertext FROM command_secrets($1, $2)',
    values: [row.command_id, row.actor_id],
  };
  const answer = await orUnavailable(queryAsTenant(scope.pool, call, statement));
  const rows = answer.rows as unknown as readonly SealedRecord[];
  const plain = new Map<string, string>();
  for (const { trigger_id, secret_id: secretId, key_id: keyId, ciphertext } of rows) {
    const text = openSecret(scope.secretKeys, { secretId, keyId, ciphertext });
    if (text !== undefined) plain.set(trigger_id, text);
  }
  return plain;
}

/** GET /v1/internal/flows/tenants/{tenantId}/commands/{commandId}: commands about a tenant are of no workspace. */
export const getTenantCommand = (scope: CommandsScope, call: Call): Promise<Answer | PartsAnswer> =>
  getCommand(scope, { ...call, tenantId: param(call, 'tenantId'), workspaceId: '' });

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

function recordedText(row: CommandRecord, plain: ReadonlyMap<string, string>): string {
  const common = {
    commandId: row.command_id,
    type: row.type,
    status: row.status,
    submittedAt: isoTime(row.submitted_at.getTime()),
  };
  if (row.status === 'pending') return JSON.stringify({ ...common, ...UNDECIDED });
  const decided = JSON.stringify({
    ...common,
    decidedAt: isoTime(row.decided_at.getTime()),
    position: encodePosition({ partition: row.partition, offset: Number(row.position_offset) }),
    httpStatus: row.http_status,
  });
  return `${decided.slice(0, -1)},"result":${resultOf(row, plain)},"error":${row.error ?? 'null'}}`;
}

/** The answer as it was, but with the run's present status. */
function resultOf(row: CommandRecord, plain: ReadonlyMap<string, string>): string {
  if (row.result === null) return 'null';
  if (plain.size === 0 && row.run_status === null) return row.result;
  const result = withSecrets(JSON.parse(row.result) as Record<string, unknown>, plain);
  return JSON.stringify(row.run_status === null ? result : { ...result, status: row.run_status });
}
