import { refusal } from '@flowplane/plumbing/http';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { AnswerLimiter, Call } from '@flowplane/runtime/api';
import { commandResult, draftOf, runStatus, stored, versionOf, type Draft } from '@flowplane/runtime/read-model';
import type { WebhookSecrets } from '../webhook-secrets.js';
import { holdUntilOver, readInRoom } from './read-in-room.js';

/** The recorded answer of a command; `text` is JSON. */
export type RecordedResult = { readonly httpStatus: number; readonly text: string };

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
  /** As `resultOf` holds room, for an answer that needs no reading. @throws Refusal 503 OVERLOADED */
  readonly roomFor: (call: Call, bytes: number) => Promise<void>;
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
      const { httpStatus, result, sealed } = found;
      if (sealed.length === 0) return { httpStatus, text: result };
      const revealed = secrets.reveal(JSON.parse(result) as Record<string, unknown>, sealed);
      return { httpStatus, text: JSON.stringify(revealed) };
    },
    roomFor: async (call, bytes) => {
      await holdUntilOver(answers, call, bytes);
    },
    statusOf: async (call, executionId) => (await stored(runStatus(pool, call, executionId)))?.status ?? 'Pending',
    versionOf: ({ tenantId, workspaceId }, flowId, version) =>
      stored(versionOf(pool, { tenantId, workspaceId, flowId, version })),
  };
}
