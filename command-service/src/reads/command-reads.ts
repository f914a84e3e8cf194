import type { SealedSecret } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { type Call } from '@flowplane/runtime/api';
import type { Pool } from '@flowplane/plumbing/postgres';
import { makeOneRow } from './one-row.js';
import type { WebhookSecrets } from '../webhook-secrets.js';

/** The recorded answer of a command. */
export type RecordedResult = { readonly httpStatus: number; readonly result: Readonly<Record<string, unknown>> };

/** A stored draft, as the shell loads it to validate and publish. Texts are as stored. */
export type Draft = {
  readonly revision: number;
  /** Offset of the command that created the flow; null of one from before this was kept. */
  readonly birth: number | null;
  readonly dslApiVersion: string;
  /** JSON text; null for an empty draft. */
  readonly definition: string | null;
  readonly definitionYaml: string | null;
};

/** What the shell reads of the read models, always as the caller's tenant and workspace. */
export type CommandReads = {
  readonly draftOf: (call: Call, flowId: string) => Promise<Draft | undefined>;
  /** @throws Refusal 503 STORE_UNAVAILABLE when the row is not there although its position was reached */
  readonly resultOf: (call: Call, commandId: string) => Promise<RecordedResult>;
  readonly statusOf: (call: Call, executionId: string) => Promise<string>;
  /** Definition (JSON text) of a published version. */
  readonly versionOf: (call: Call, flowId: string, version: number) => Promise<string | undefined>;
};

/** With the secrets that this actor has made by it, as long as they may be shown. */
const RESULT = `
  SELECT c.http_status, c.result, coalesce(s.sealed, '[]') AS sealed
    FROM flows.commands c
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('triggerId', trigger_id, 'secret', json_build_object(
               'secretId', secret_id, 'keyId', key_id, 'ciphertext', ciphertext))) AS sealed
        FROM flows.command_secrets(c.command_id, $2)
       WHERE c.secret_ids <> '{}') s ON true
   WHERE c.command_id = $1`;

export function makeCommandReads(pool: Pool, secrets: Pick<WebhookSecrets, 'reveal'>): CommandReads {
  const one = makeOneRow(pool);
  return {
    draftOf: async (call, flowId) => {
      const row = await one<{
        revision: string;
        birth: string | null;
        dsl_api_version: string;
        definition: string | null;
        definition_yaml: string | null;
      }>(
        call,
        'draft',
        'SELECT revision, birth, dsl_api_version, definition, definition_yaml FROM flows.flows WHERE flow_id = $1 AND deleted_at IS NULL',
        [flowId],
      );
      if (row === undefined) return undefined;
      return {
        revision: Number(row.revision),
        birth: row.birth === null ? null : Number(row.birth),
        dslApiVersion: row.dsl_api_version,
        definition: row.definition,
        definitionYaml: row.definition_yaml,
      };
    },
    resultOf: async (call, commandId) => {
      const row = await one<{ http_status: number; result: string | null; sealed: readonly SealedSecret[] }>(
        call,
        'result',
        RESULT,
        [commandId, call.identity.actorId.replaceAll('\0', '\uFFFD')],
      );
      if (row === undefined || row.result === null) throw refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
      const result = JSON.parse(row.result) as Record<string, unknown>;
      return { httpStatus: row.http_status, result: secrets.reveal(result, row.sealed) };
    },
    statusOf: async (call, executionId) => {
      const row = await one<{ status: string }>(
        call,
        'status',
        'SELECT status FROM flows.executions WHERE execution_id = $1',
        [executionId],
      );
      return row?.status ?? 'Pending';
    },
    versionOf: async (call, flowId, version) => {
      const row = await one<{ definition: string }>(
        call,
        'version',
        `SELECT v.definition
           FROM flows.flows f
           JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation)
          WHERE f.flow_id = $1 AND f.deleted_at IS NULL AND v.version = $2::int`,
        [flowId, version],
      );
      return row?.definition;
    },
  };
}
