import { randomUUID } from 'node:crypto';
import { partitionOf, type RecordDenial } from '@flowplane/contracts';
import type { DeniedCall } from '../api/index.js';
import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic } from '@flowplane/plumbing/periodic';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import { appendCommand } from './append-command.js';
import type { CommandLog } from './open-command-log.js';

/** Puts denied calls into the log, for the audit (flows-api 13.2). */
export type DenialRecorder = {
  /** Returns at once and never throws: the denied caller does not wait for the record. */
  readonly record: (denied: DeniedCall) => void;
  /** Tries once more what is not recorded yet; what then is left is logged and counted as lost. */
  readonly close: () => Promise<void>;
};

export type DenialBounds = {
  /** Recorded one by one per tenant and minute: as many as the audit shows one by one. */
  readonly perMinute: number;
  /** Appends under way. */
  readonly underWay: number;
  /** Workspaces whose further denials are kept as a count. */
  readonly kept: number;
  /** Time from one record of what is kept to the next, ms. */
  readonly intervalMs: number;
};

const BOUNDS: DenialBounds = { perMinute: 60, underWay: 100, kept: 1000, intervalMs: 10_000 };
const MINUTE_MS = 60_000;

type Kept = { readonly denied: DeniedCall; count: number };
type Outcome = 'recorded' | 'condensed' | 'unknown' | 'lost';

export type DenialRecorderOptions = {
  readonly log: Pick<CommandLog, 'producer' | 'partitions' | 'source'> & {
    readonly guard: Pick<CommandLog['guard'], 'admit'>;
  };
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly bounds?: Partial<DenialBounds>;
  /** What is kept as one count besides tenant and workspace; default: all of them. */
  readonly keptBy?: (denied: DeniedCall) => string;
};

/**
 * Denials have bounds of their own, so that a flood of them leaves the queue to real commands: a tenant's first of each
 * minute are appended one by one, the others as one record with a count per workspace every few seconds, and nothing
 * while commands would be refused for overload or the log is away. What finds no room even so is counted as lost.
 */
export function makeDenialRecorder(options: DenialRecorderOptions): DenialRecorder {
  const { log, logger, metrics, bounds, keptBy = () => '' } = options;
  const { perMinute, underWay, kept: maxKept, intervalMs } = { ...BOUNDS, ...bounds };
  const total = metrics.counter({
    name: 'flows_denials_total',
    help: 'Denied commands: recorded one by one, condensed into a count, unknown whether recorded, lost.',
    labels: ['outcome'],
  });
  const count = (outcome: Outcome, denials: number): void => total.inc({ outcome }, denials);
  const appends = new Set<Promise<void>>();
  const kept = new Map<string, Kept>();
  let minute = { at: 0, byTenant: new Map<string, number>() };

  const isOneMore = (tenantId: string): boolean => {
    const at = Math.floor(Date.now() / MINUTE_MS);
    if (minute.at !== at) minute = { at, byTenant: new Map() };
    const before = minute.byTenant.get(tenantId) ?? 0;
    if (before < perMinute) minute.byTenant.set(tenantId, before + 1);
    return before < perMinute;
  };
  const keep = (denied: DeniedCall, denials: number): void => {
    const key = `${denied.identity.tenantId}/${denied.workspaceId}/${keptBy(denied)}`;
    const before = kept.get(key);
    if (before !== undefined) before.count += denials;
    else if (kept.size < maxKept) kept.set(key, { denied, count: denials });
    else {
      count('lost', denials);
      logger.error({ denials, tenantId: denied.identity.tenantId }, 'denied commands are not recorded: no room');
    }
  };
  /** @throws Refusal when it certainly is not in the log */
  const append = async (denied: DeniedCall, denials: number, outcome: Outcome): Promise<void> => {
    const { tenantId } = denied.identity;
    log.guard.admit(partitionOf(tenantId, log.partitions), tenantId);
    const position = await appendCommand(log, commandOf(denied, denials));
    count(position === undefined ? 'unknown' : outcome, denials);
    if (position === undefined) logger.warn({ denials }, 'it is not known whether a denied command was recorded');
  };
  const recordOne = async (denied: DeniedCall): Promise<void> => {
    try {
      await append(denied, 1, 'recorded');
    } catch (cause) {
      logger.warn(
        { err: cause, code: denied.problem.code },
        'a denied command cannot be recorded now; kept as a count',
      );
      keep(denied, 1);
    }
  };
  const recordKept = async (): Promise<void> => {
    const waiting = [...kept];
    kept.clear();
    const failures: unknown[] = [];
    for (const [, { denied, count: denials }] of waiting) {
      try {
        await append(denied, denials, 'condensed');
      } catch (cause) {
        failures.push(cause);
        keep(denied, denials);
      }
    }
    if (failures.length === 0) return;
    logger.warn({ err: failures[0], workspaces: kept.size }, 'denied commands cannot be recorded now; trying again');
  };
  const rounds = startPeriodic({ intervalMs, work: recordKept, onFault: () => undefined });
  return {
    record: (denied) => {
      if (appends.size >= underWay || !isOneMore(denied.identity.tenantId)) {
        keep(denied, 1);
        return;
      }
      const work = recordOne(denied).finally(() => appends.delete(work));
      appends.add(work);
    },
    close: async () => {
      await rounds.close();
      await Promise.all(appends);
      await recordKept();
      const left = [...kept.values()].reduce((sum, one) => sum + one.count, 0);
      if (left === 0) return;
      count('lost', left);
      logger.error({ denials: left }, 'denied commands are not recorded: the log cannot be written to');
    },
  };
}

const commandOf = (denied: DeniedCall, count: number): RecordDenial => ({
  type: 'RecordDenial',
  meta: {
    commandId: randomUUID(),
    tenantId: denied.identity.tenantId,
    workspaceId: denied.workspaceId,
    actorId: denied.identity.actorId,
    actorRoles: [...denied.identity.roles],
    correlationId: denied.correlationId,
    traceparent: denied.traceparent,
    submittedAt: Date.now(),
    attempt: 1,
    idempotency: null,
  },
  data: {
    ...{ deniedCommand: denied.command, problem: denied.problem, count },
    ...{ flowId: denied.flowId, executionId: denied.executionId },
  },
});
