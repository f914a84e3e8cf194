import { randomUUID } from 'node:crypto';
import { encodeFrame, manualExecutionId, NO_LATER_MEMBERS, partitionOf, type Command } from '@flowplane/contracts';
import { appendMany, type LogAccess } from './log-access.js';
import { commandRecord, metaOf, type BenchTenant } from './run-commands.js';

/** How many runs a workspace gets, and how many approvals wait in those that are open. */
export type ListedRows = { readonly runs: number; readonly openRuns: number; readonly approvals: number };

type Run = { readonly executionId: string; readonly index: number };

const TEAMS = 10;
const FAILED_EVERY = 7;

/** A flow of as many approvals as one open run waits for, side by side. */
export const approvalsFlow = ({ approvals, openRuns }: ListedRows) => {
  const ids = Array.from({ length: Math.ceil(approvals / openRuns) }, (_, index) => approvalId(index));
  const approval = (id: string, index: number): object => ({
    ...{ id, type: 'approval', name: `Approval ${index}` },
    ...(index % 2 === 0 ? {} : { approvers: ['user:bench', 'role:boss'] }),
  });
  return {
    ...{ apiVersion: 'v1.0', name: 'measured' },
    nodes: [{ id: 'all', type: 'parallel', branches: ids }, ...ids.map(approval)],
  };
};

const approvalId = (index: number): string => `approval${index}`;

/**
 * Appends what makes the rows: commands of runs, the open ones last, and frames of approvals that wait. Nothing of it is
 * run by an engine.
 */
export async function appendListedRows(log: LogAccess, tenant: BenchTenant, rows: ListedRows): Promise<void> {
  const runs = Array.from({ length: rows.runs }, (_, index): Run => ({ index, executionId: executionIdOf(tenant) }));
  const isOpen = ({ index }: Run): boolean => index >= rows.runs - rows.openRuns;
  const commands = log.producer('commands');
  await appendMany(
    commands,
    runs.flatMap((run) =>
      [...startOf(tenant, run), ...(isOpen(run) ? [] : [endOf(tenant, run)])].map((one) => commandRecord(tenant, one)),
    ),
  );
  await commands.close();
  const open = runs.filter(isOpen);
  const frames = log.producer('runs');
  await appendMany(
    frames,
    Array.from({ length: rows.approvals }, (_, index) =>
      waitingRecord(log, tenant, (open[index % open.length] as Run).executionId, Math.floor(index / open.length)),
    ),
  );
  await frames.close();
}

export const executionIdOf = ({ tenantId, workspaceId, flowId }: BenchTenant): string =>
  manualExecutionId(tenantId, workspaceId, flowId, randomUUID());

/** A run that the engine has begun. */
export function startOf(tenant: BenchTenant, { executionId, index }: Run): readonly Command[] {
  const run = { flowId: tenant.flowId, executionId };
  const labels = JSON.stringify({ team: `t${index % TEAMS}`, order: `o${index}` });
  return [
    {
      type: 'StartExecution',
      meta: metaOf(tenant),
      data: {
        ...{ ...run, version: null, input: '{"order":{"id":4711}}', triggerType: 'manual' },
        ...{ verdict: null, strictInputs: false, labels },
      },
    },
    { type: 'RecordExecutionStarted', meta: metaOf(tenant), data: { ...run, startedAt: Date.now() } },
  ];
}

function endOf(tenant: BenchTenant, { executionId, index }: Run): Command {
  const now = Date.now();
  const hasFailed = index % FAILED_EVERY === 0;
  return {
    type: 'RecordExecutionClosed',
    meta: metaOf(tenant),
    data: {
      ...{ flowId: tenant.flowId, executionId, startedAt: now, closedAt: now, result: null, nodes: null },
      status: hasFailed ? 'Failed' : 'Completed',
      failure: hasFailed
        ? { nodeId: approvalId(index % 3), code: 'ApprovalRejected', message: `order ${index} was rejected` }
        : null,
    },
  };
}

function waitingRecord(log: LogAccess, tenant: BenchTenant, executionId: string, index: number) {
  const { tenantId, workspaceId, flowId } = tenant;
  const now = Date.now();
  const message = JSON.stringify({ message: `Deliver order ${index}?` });
  return {
    ...{ partition: partitionOf(executionId, log.partitions), key: executionId },
    value: encodeFrame({
      type: 'NodeFrame',
      data: {
        ...{ executionId, tenantId, workspaceId, flowId, nodeId: approvalId(index), iteration: 1 },
        ...{ status: 'waiting-approval', attemptNumber: 1, startedAt: now, completedAt: null, reused: false },
        ...{ input: { json: message, ref: null, sizeBytes: message.length }, output: null, error: null },
        ...{ emittedAt: now, ...NO_LATER_MEMBERS },
      },
    }),
    headers: { ce_id: randomUUID(), ce_type: 'NodeFrame' },
  };
}
