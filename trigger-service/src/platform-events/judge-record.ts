import { problem, type Problem } from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import type { WorkspaceOwners } from '@flowplane/runtime/tenancy';
import type { TriggerExpressions } from '../expressions/trigger-expressions.js';
import type { EventRegistration } from '@flowplane/runtime/read-model';
import { readRecord, type PlatformEvent } from './platform-record.js';

/** What is to be done with a record, as far as the record itself says. */
export type Judgement =
  | { readonly kind: 'start'; readonly event: PlatformEvent; readonly dedupeKey: string | null }
  | { readonly kind: 'drop'; readonly outcome: 'filtered' | 'foreign' }
  | { readonly kind: 'dead'; readonly problem: Problem };

export type JudgeRecord = (registration: EventRegistration, record: LogRecord) => Promise<Judgement>;

export type JudgePorts = {
  readonly ownerOf: WorkspaceOwners['ownerOf'];
  /** FLOWS_WORKSPACE_REGISTRY=off: nobody owns workspaces. */
  readonly withoutOwners: boolean;
  readonly ask: TriggerExpressions['ask'];
  readonly maxDepth: number;
  readonly maxJsonValues: number;
};

/** Throws when the store or the threads cannot be asked, or the owner is not known: to be tried again. */
export function makeJudgeRecord(ports: JudgePorts): JudgeRecord {
  return async (registration, record) => {
    const { tenantId, workspaceId, filter, dedupeKey } = registration;
    const { maxDepth, maxJsonValues } = ports;
    const owner = await ports.ownerOf(workspaceId);
    // A registration without an owner: the table of owners was lost and is about to be made again from the log.
    if (owner === undefined && !ports.withoutOwners)
      throw new Error(`the owner of workspace ${workspaceId} is not known`);
    if (owner !== undefined && owner !== tenantId) return { kind: 'drop', outcome: 'foreign' };
    const read = readRecord(record, { tenantId, workspaceId, maxDepth, maxJsonValues });
    if (read.kind === 'foreign') return { kind: 'drop', outcome: 'foreign' };
    if (read.kind === 'unusable') return { kind: 'dead', problem: read.problem };
    const { event } = read;
    if (filter === null && dedupeKey === null) return { kind: 'start', event, dedupeKey: null };
    const verdict = await ports.ask(
      { filter, dedupeKey, input: event.input, headers: event.headers },
      { tenant: tenantId },
    );
    switch (verdict.kind) {
      case 'starts':
        return { kind: 'start', event, dedupeKey: verdict.dedupeKey };
      case 'filtered':
        return { kind: 'drop', outcome: 'filtered' };
      case 'failed':
        return { kind: 'dead', problem: problem('INVALID_EXPRESSION', { message: verdict.reason }) };
    }
  };
}
