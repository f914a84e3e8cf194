import type { FlowDefinition } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { ContentStore } from '@flowplane/runtime/content-store';
import { differencesOf, type DifferingMember, type HistoryClose } from './compare-tables.js';
import { journalTable, type NotWhole } from './journal-table.js';
import type { RunEnd } from './run-history.js';
import { standingOf } from './said-end.js';
import type { SeenFrames, SeenRun } from './seen-frames.js';

/**
 * What comparing a run came to. `not_whole`: the journal alone does not tell how it ended; `other_end`: the run said another
 * end than the engine recorded; `failed`: it could not be compared.
 */
export type AuditOutcome = 'same' | 'differs' | 'not_whole' | 'other_end' | 'failed';

export type CloseAuditCounters = {
  readonly audited: (outcome: AuditOutcome) => void;
  readonly differs: (member: DifferingMember) => void;
  readonly notWhole: (reason: NotWhole) => void;
};

export type AuditedClose = HistoryClose & {
  readonly executionId: string;
  readonly end: RunEnd;
  /** Start of the whole run, by the engine's clock. */
  readonly startedAt: number;
  /** The frames seen when the history was reconciled with them. */
  readonly seen: SeenRun;
  readonly definition: FlowDefinition | undefined;
};

/** Compares how a run was closed from its history with how it would be from the journal alone. Never throws. */
export type CloseAudit = (close: AuditedClose, signal: AbortSignal) => Promise<void>;

export type CloseAuditOptions = {
  readonly frames: Pick<SeenFrames, 'isFollowedFrom'>;
  readonly store: Pick<ContentStore, 'get'>;
  readonly counters: CloseAuditCounters;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
};

export function makeCloseAudit({ frames, store, counters, logger }: CloseAuditOptions): CloseAudit {
  const audit = async (close: AuditedClose, signal: AbortSignal): Promise<AuditOutcome> => {
    const { executionId, end, seen, definition } = close;
    const isFollowed = frames.isFollowedFrom(close.startedAt);
    const table = journalTable(seen, end, await standingOf(store, seen, signal), definition, isFollowed);
    if ('notWhole' in table) {
      const { status: said = null, workflowTask = null } = seen.ending ?? {};
      const ends = { said, answering: workflowTask, came: end.status, answered: end.workflowTask };
      counters.notWhole(table.notWhole);
      logger.info({ executionId, reason: table.notWhole, ...ends }, 'the journal alone does not close a run');
      return table.notWhole === 'other_end' ? 'other_end' : 'not_whole';
    }
    const differences = differencesOf(close, seen.ending, table.nodes);
    for (const difference of differences) {
      counters.differs(difference.member);
      logger.warn({ executionId, ...difference }, 'journal and history of a run differ');
    }
    return differences.length === 0 ? 'same' : 'differs';
  };
  return async (close, signal) => {
    try {
      counters.audited(await audit(close, signal));
    } catch (cause) {
      counters.audited('failed');
      logger.warn({ executionId: close.executionId, err: cause }, 'a run could not be compared with its journal');
    }
  };
}
