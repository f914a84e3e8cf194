import { EXECUTOR_ACTOR, uuidV5, type Command, type CommandMeta, type TemplateResource } from '@flowplane/contracts';
import type { BatchProducer } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { commandRecord, untilAppended } from '@flowplane/runtime/commands';
import type { ProvisionRun, StepRequest } from '../run.js';
import type { DeprovisionEnd, ProvisionEnd } from '../workflow/activities.js';

type Run = Pick<ProvisionRun, 'envelope' | 'origin'>;

/**
 * What happens in runs of templates, told to the log. Every report is appended again until the log has it, and may be
 * made twice: its command is the same.
 *
 * @throws Abandoned when the signal aborts; a refusal of the log that is for good
 */
export type TemplateReports = {
  /** `resourceId`: what the step is about to make, where its name is known. */
  readonly nodeStarted: (request: StepRequest, resourceId: string | null, signal: AbortSignal) => Promise<void>;
  /** What one step has made: the log has all of it, or nothing. */
  readonly created: (run: Run, resources: readonly TemplateResource[], signal: AbortSignal) => Promise<void>;
  readonly removed: (run: Run, resource: TemplateResource, signal: AbortSignal) => Promise<void>;
  readonly provisioned: (run: Run, end: ProvisionEnd, signal: AbortSignal) => Promise<void>;
  readonly deprovisioned: (run: Run, end: DeprovisionEnd, signal: AbortSignal) => Promise<void>;
};

export type TemplateReportsOptions = {
  /** Of the commands topic. */
  readonly producer: BatchProducer;
  readonly partitions: number;
  readonly source: string;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn'>;
};

export function makeTemplateReports({ producer, now, logger, ...where }: TemplateReportsOptions): TemplateReports {
  const appendAll = async (commands: readonly Command[], signal: AbortSignal): Promise<void> => {
    const onFault = (err: unknown): void => logger.warn({ err }, 'a report on a template is appended again');
    const records = commands.map((command) => commandRecord(command, where));
    await untilAppended(() => producer.appendAll(records), { signal, onFault });
  };
  const append = (command: Command, signal: AbortSignal): Promise<void> => appendAll([command], signal);
  const meta = ({ envelope, origin }: Run, fact: string): CommandMeta => ({
    commandId: uuidV5(`template/${envelope.executionId}/${fact}`),
    tenantId: envelope.tenantId,
    workspaceId: envelope.workspaceId,
    actorId: EXECUTOR_ACTOR,
    actorRoles: [],
    correlationId: origin.correlationId,
    traceparent: origin.traceparent,
    submittedAt: now(),
    attempt: 1,
    idempotency: null,
  });
  return {
    nodeStarted: (request, resourceId, signal) => {
      const { id: nodeId, type: stepName } = request.node;
      const data = { ...ids(request), nodeId, stepName, resourceId };
      return append({ type: 'RecordProvisioningNodeStarted', meta: meta(request, `start/${nodeId}`), data }, signal);
    },
    created: (run, resources, signal) =>
      appendAll(
        resources.map((resource) => ({
          type: 'RecordResourceCreated',
          meta: meta(run, `created/${keyOf(resource)}`),
          data: { ...ids(run), resource },
        })),
        signal,
      ),
    removed: (run, resource, signal) => {
      const data = { ...ids(run), resource };
      return append({ type: 'RecordResourceRemoved', meta: meta(run, `removed/${keyOf(resource)}`), data }, signal);
    },
    provisioned: (run, end, signal) =>
      append({ type: 'RecordProvisioningFinished', meta: meta(run, 'end'), data: { ...ids(run), ...end } }, signal),
    deprovisioned: (run, end, signal) =>
      append({ type: 'RecordDeprovisioningFinished', meta: meta(run, 'end'), data: { ...ids(run), ...end } }, signal),
  };
}

const ids = ({ envelope }: Run) => ({ templateId: envelope.flowId, executionId: envelope.executionId });

const keyOf = (resource: TemplateResource): string =>
  JSON.stringify([
    resource.workflow_step_name,
    resource.workflow_step_id,
    resource.resource_type,
    resource.resource_id,
  ]);
