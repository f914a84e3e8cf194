import { refusal } from '@flowplane/plumbing/http';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { AnswerLimiter, Call } from '@flowplane/runtime/api';
import { commandResult, draftOf, runStatus, stored, versionOf, type Draft } from '@flowplane/runtime/read-model';
import type { WebhookSecrets } from '../webhook-secrets.js';
import { readInRoom } from './read-in-room.js';

/** The recorded answer of a command. */
export type RecordedResult = { readonly httpStatus: number; readonly result: Readonly<Record<string, unknown>> };

/** What the shell reads of the read models, always as the caller's tenant and workspace. @throws Refusal 503 */
export type CommandReads = {
  readonly draftOf: (call: Call, flowId: string) => Promise<Draft | undefined>;
  /**
   * Room for it is held until the answer is over.
   *
   * @throws Refusal 503 STORE_UNAVAILABLE when the row is not there although its position was reached; 503 OVERLOADED
   *   when there is no room among the answers in memory
   */
  readonly resultOf: (call: Call, commandId: string) => Promise<RecordedResult>;
  readonly statusOf: (call: Call, executionId: string) => Promise<string>;
  /** Definition (JSON text) of a version that is kept. */
  readonly versionOf: (call: Call, flowId: string, version: number) => Promise<string | undefined>;
};

export function makeCommandReads(
  pool: Pool,
  secrets: Pick<WebhookSecrets, 'reveal'>,
  answers: AnswerLimiter,
): CommandReads {
  return {
    draftOf: (call, flowId) => stored(draftOf(pool, call, flowId)),
    resultOf: async (call, commandId) => {
      const command = { commandId, actorId: call.identity.actorId };
      const read = (maxBytes: number) => stored(commandResult(pool, call, command, maxBytes));
      const found = await readInRoom(answers, call, read);
      if (found === undefined) throw refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
      const result = JSON.parse(found.result) as Record<string, unknown>;
      return { httpStatus: found.httpStatus, result: secrets.reveal(result, found.sealed) };
    },
    statusOf: async (call, executionId) => (await stored(runStatus(pool, call, executionId)))?.status ?? 'Pending',
    versionOf: ({ tenantId, workspaceId }, flowId, version) =>
      stored(versionOf(pool, { tenantId, workspaceId, flowId, version })),
  };
}
