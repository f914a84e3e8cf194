import type { CommandType, ExecutionRequested, TriggerOrigin } from '@flowplane/contracts';
import { plainText } from '@flowplane/contracts/read-model';

/** What made a run begin, as its request tells it. Times are epoch milliseconds. */
export type RunCause = {
  readonly correlationId: string;
  readonly commandId: string;
  readonly commandType: CommandType;
  readonly actorId: string;
  readonly submittedAt: number;
  readonly eventId: string;
  readonly occurredAt: number;
  /** Null: by hand. */
  readonly trigger: TriggerOrigin | null;
};

/** As JSON text that the store can keep. */
export function causeOf({ meta, data }: ExecutionRequested): string {
  const { correlationId, commandId, commandType, actorId, submittedAt, eventId, occurredAt } = meta;
  const cause: RunCause = {
    ...{ correlationId, commandId, commandType, actorId, submittedAt, eventId, occurredAt },
    trigger: data.trigger,
  };
  return plainText(JSON.stringify(cause));
}
