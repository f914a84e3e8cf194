import { parseExecutionId, type Json } from '@flowplane/contracts';
import { param, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { COMMAND_TYPE_NAMES } from '../domain/command-type-name.js';
import { isoTime, isoTimeOrNull } from '@flowplane/contracts/read-model';
import type { RunCause } from '../domain/run-cause.js';
import { heldAnswer } from './bounded-rows.js';
import { holdRun, type DetailScope, type RunOutline } from './run-outline.js';
import { loadValues, MAX_INLINE_BYTES } from './run-values.js';

/** GET /executions/{executionId}/causes: what made a run begin, and what it did in turn (flows-api 6.11). */
export async function getCauses(scope: DetailScope, call: Call): Promise<PartsAnswer> {
  // The flow is part of the id, and an id of somebody else costs no look.
  const flowId = parseExecutionId(param(call, 'executionId'))?.flowId;
  if (flowId === undefined) throw refusal('EXECUTION_NOT_FOUND');
  const { run, held } = await holdRun(scope, { ...call, params: { ...call.params, flowId } });
  return heldAnswer(held, async () => JSON.stringify({ ...began(run), ...(await did(scope, call, run)) }));
}

function began({ record }: RunOutline) {
  const cause = record.cause === null ? null : (JSON.parse(record.cause) as RunCause);
  return {
    correlationId: cause?.correlationId ?? null,
    trigger: { type: record.trigger_type, retriedFrom: record.retried_from, ...triggerMembers(cause) },
    command: cause === null ? null : commandOf(cause),
    event:
      cause === null
        ? null
        : { eventId: cause.eventId, type: 'ExecutionRequested', occurredAt: isoTime(cause.occurredAt) },
    run: {
      executionId: record.execution_id,
      flowId: record.flow_id,
      version: String(record.version),
      status: record.status,
      createdAt: isoTime(record.created_at.getTime()),
      startedAt: isoTimeOrNull(record.started_at?.getTime() ?? null),
      closedAt: isoTimeOrNull(record.closed_at?.getTime() ?? null),
    },
  };
}

const commandOf = ({ commandId, commandType, actorId, submittedAt }: RunCause) => ({
  commandId,
  type: COMMAND_TYPE_NAMES[commandType] ?? commandType,
  actorId,
  submittedAt: isoTime(submittedAt),
});

/** What the trigger's kind has. */
function triggerMembers(cause: RunCause | null) {
  const trigger = cause?.trigger ?? null;
  if (trigger === null) return {};
  const { triggerId, deliveryId, record, scheduledAt } = trigger;
  return {
    triggerId,
    ...(deliveryId === null ? {} : { deliveryId }),
    ...(record === null ? {} : { topic: record.topic, partition: record.partition, offset: record.offset }),
    ...(scheduledAt === null ? {} : { scheduledAt: isoTime(scheduledAt) }),
  };
}

/** Tasks that were begun, what those of `events.publish` have written, and what was decided at approvals: all by this run. */
async function did(scope: DetailScope, call: Call, run: RunOutline) {
  const tasks = run.nodes.flatMap((node) => {
    const taskType = run.taskTypes.get(node.nodeId);
    return taskType === undefined || node.status === 'pending' || node.status === 'skipped' ? [] : [{ node, taskType }];
  });
  // What a retry took over was done by the run before.
  const done = run.nodes.filter(({ status, reused }) => status === 'completed' && !reused);
  const publishing = done.filter(({ nodeId }) => run.taskTypes.get(nodeId) === 'events.publish');
  const decided = done.filter(({ nodeId }) => run.approvals.has(nodeId));
  const outputs = [...publishing, ...decided].flatMap(({ output }) =>
    output === null || output.bytes > MAX_INLINE_BYTES ? [] : [output],
  );
  const textOf = await loadValues(scope, call, run.record.execution_id, outputs);
  const outputOf = ({ output }: RunOutline['nodes'][number]) =>
    JSON.parse((output === null ? undefined : textOf(output)) ?? '{}') as Readonly<Record<string, Json>>;
  return {
    activities: tasks.map(({ node, taskType }) => ({
      ...{ nodeId: node.nodeId, taskType, status: node.status, reused: node.reused },
      // Of many attempts only the last ones are kept.
      attempts: node.attempts.at(-1)?.attemptNumber ?? 0,
      startedAt: node.attempts[0]?.attemptNumber === 1 ? node.attempts[0].startedAt : null,
      completedAt: node.attempts.at(-1)?.completedAt ?? null,
    })),
    approvals: decided.flatMap((node) => {
      const { approved, timedOut, actor, onBehalfOf, comment } = outputOf(node);
      const decidedAt = node.attempts.at(-1)?.completedAt ?? null;
      return typeof approved === 'boolean'
        ? [{ nodeId: node.nodeId, approved, timedOut, actor, onBehalfOf, comment, decidedAt }]
        : [];
    }),
    published: publishing.flatMap((node) => {
      const { topic = null, published = null } = outputOf(node);
      return typeof topic === 'string' ? [{ nodeId: node.nodeId, topic, messages: Number(published) }] : [];
    }),
  };
}
