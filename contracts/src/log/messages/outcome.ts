import { Int, Long, oneOf, optional, Text } from './avro.js';
import { Problem } from './parts.js';

const SUBJECT = { flowId: optional(Text), executionId: optional(Text) };
const DENIAL = {
  /** Name of the command as clients see it, e.g. `execution.signal`. */
  deniedCommand: Text,
  problem: Problem,
  ...SUBJECT,
  /** Refusals that it counts; of more than one it has the first. */
  count: Int,
};

export const OUTCOME_COMMANDS = {
  /**
   * A command that was refused before it came to the log, for the audit (flows-api 13.2). The workspace is empty where
   * the caller has none there that it may learn of.
   */
  RecordDenial: DENIAL,
};

export const OUTCOME_EVENTS = {
  CommandDenied: DENIAL,
  /** A command that is accepted and changes nothing. */
  CommandAcknowledged: {
    /**
     * `replay`: same Idempotency-Key; `already`: nothing to do; `duplicate`: the trigger has started this run before.
     */
    reason: oneOf<'replay' | 'already' | 'duplicate'>(),
    originalCommandId: optional(Text),
    executionId: optional(Text),
  },
  /** No outcome: what the shell loaded (draft, run) is behind the log; it loads again and sends the next attempt. */
  CommandStale: {
    flowId: Text,
    /** The draft's, 0 where a run is behind. */
    revision: Long,
  },
  CommandRejected: { problem: Problem, ...SUBJECT },
};
