import { randomUUID } from 'node:crypto';
import {
  encodeCommand,
  HEADER,
  manualExecutionId,
  partitionOf,
  type Command,
  type CommandMeta,
  type FinalNode,
} from '@flowplane/contracts';
import type { OutgoingRecord } from '@flowplane/plumbing/kafka';

/** A tenant with one published flow, whose commands all lie in one partition. */
export type BenchTenant = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly partition: number;
};

/** Three tasks that do nothing: what the rows that need an engine run, too. Needs the echo profile. */
export const THREE_TASK_FLOW = {
  apiVersion: 'v1.0',
  name: 'bench-three-tasks',
  nodes: [1, 2, 3].map((step) => ({
    id: `step${step}`,
    type: 'task',
    taskType: 'bench.echo',
    input: { step },
    ...(step < 3 ? { next: `step${step + 1}` } : {}),
  })),
};

/** Node rows as a run of three tasks closes with them. */
const FINAL_NODES = JSON.stringify(
  [1, 2, 3].map((step): FinalNode => ({
    nodeId: `step${step}`,
    iteration: 1,
    status: 'completed',
    reused: false,
    input: { json: `{"step":${step}}`, ref: null, sizeBytes: 10 },
    output: { json: '{"executed":true,"taskType":"bench.echo","params":{"step":1}}', ref: null, sizeBytes: 61 },
    error: null,
    attempts: [{ status: 'completed', attemptNumber: 1, startedAt: 1_700_000_000_000, completedAt: 1_700_000_000_001 }],
    scheduledEventId: String(5 + 6 * step),
  })),
);

/** A tenant id that falls into a partition, found by trying. */
export function tenantIn(partition: number, partitionCount: number): BenchTenant {
  for (let attempt = 0; ; attempt++) {
    const tenantId = `bench-${partition}-${attempt}`;
    if (partitionOf(tenantId, partitionCount) !== partition) continue;
    return { tenantId, workspaceId: `w-${tenantId}`, flowId: 'measured', partition };
  }
}

/** What makes the tenant's flow: one event each. */
export function flowCommands(tenant: BenchTenant): readonly Command[] {
  const definition = JSON.stringify(THREE_TASK_FLOW);
  const { flowId } = tenant;
  const flow = { flowId, name: THREE_TASK_FLOW.name, dslApiVersion: 'v1.0', definition, definitionYaml: null };
  const publish = {
    flowId,
    expectedRevision: null,
    draftRevision: 1,
    draftBirth: null,
    definition,
    definitionYaml: null,
  };
  return [
    { type: 'CreateFlow', meta: metaOf(tenant), data: { ...flow, verdict: null } },
    {
      type: 'PublishFlow',
      meta: metaOf(tenant),
      data: { ...publish, dslApiVersion: 'v1.0', triggers: [], verdict: null },
    },
  ];
}

/** The three commands in the life of a run, as the shell and the executor send them: one event each. */
export function runCommands(tenant: BenchTenant): readonly [start: Command, started: Command, closed: Command] {
  const { tenantId, workspaceId, flowId } = tenant;
  const executionId = manualExecutionId(tenantId, workspaceId, flowId, randomUUID());
  const now = Date.now();
  const run = { flowId, executionId };
  return [
    {
      type: 'StartExecution',
      meta: metaOf(tenant),
      data: {
        ...{ ...run, version: null, input: '{"order":{"id":4711}}', triggerType: 'manual' },
        ...{ verdict: null, strictInputs: false, labels: '{}' },
      },
    },
    { type: 'RecordExecutionStarted', meta: metaOf(tenant), data: { ...run, startedAt: now } },
    {
      type: 'RecordExecutionClosed',
      meta: metaOf(tenant),
      data: {
        ...run,
        status: 'Completed',
        startedAt: now,
        closedAt: now,
        result: { json: '{"status":"completed","trace":["step1","step2","step3"]}', ref: null, sizeBytes: 56 },
        failure: null,
        nodes: { json: FINAL_NODES, ref: null, sizeBytes: FINAL_NODES.length },
      },
    },
  ];
}

/** Runs that overlap, `open` of them at a time, as the commands lie in the log of a busy tenant. */
export function* overlappingRuns(tenant: BenchTenant, runs: number, open: number): Generator<Command> {
  const waiting: Command[][] = [];
  for (let index = 0; index < runs + open; index++) {
    if (index < runs) {
      const [start, ...later] = runCommands(tenant);
      yield start;
      waiting.push(later);
    }
    if (index >= open) yield* waiting.shift() ?? [];
  }
}

export function commandRecord(tenant: BenchTenant, command: Command): OutgoingRecord {
  return {
    partition: tenant.partition,
    key: tenant.tenantId,
    value: encodeCommand(command),
    headers: {
      [HEADER.specVersion]: '1.0',
      [HEADER.id]: command.meta.commandId,
      [HEADER.type]: command.type,
      [HEADER.source]: 'flowplane/bench',
    },
  };
}

/** Of a command that the tenant’s bench sends. */
export function metaOf({ tenantId, workspaceId }: BenchTenant): CommandMeta {
  const commandId = randomUUID();
  return {
    commandId,
    tenantId,
    workspaceId,
    actorId: 'bench',
    actorRoles: ['tenant_owner'],
    correlationId: commandId,
    traceparent: null,
    submittedAt: Date.now(),
    attempt: 1,
    idempotency: null,
  };
}
