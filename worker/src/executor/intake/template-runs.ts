import {
  assertNever,
  type DeprovisioningRequested,
  type Event,
  type EventMeta,
  type ProvisioningFinished,
  type ProvisioningRequested,
  type RunPlan,
} from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { causeFields } from '@flowplane/plumbing/telemetry';
import { DEPROVISION_WORKFLOW, PROVISION_WORKFLOW } from '../../provisioning/run.js';
import { engineFaultKind, messageOf } from '../../shared/engine-fault.js';
import { vouchedEnvelope } from '../../shared/vouch.js';
import { endIfLost, endUnfinished, type LostTemplateRunPorts } from '../closing/lost-template-runs.js';
import type { Engine, TemplateStart } from '../engine/engine.js';
import type { DoneInLog } from './done-in-log.js';

/** What begins, or ends, a run of a template. */
export type TemplateRunEvent = ProvisioningRequested | ProvisioningFinished | DeprovisioningRequested;

export const isTemplateRunEvent = (event: Event): event is TemplateRunEvent =>
  event.type === 'ProvisioningRequested' ||
  event.type === 'ProvisioningFinished' ||
  event.type === 'DeprovisioningRequested';

/** Key under which what concerns a template is done in the order of the log. */
export const templateTurn = (of: { readonly tenantId: string; readonly templateId: string }): string =>
  `template/${of.tenantId}/${of.templateId}`;

export type TemplateRunsOptions = LostTemplateRunPorts & {
  readonly engine: Pick<Engine, 'startTemplate' | 'cancel'>;
  readonly logger: Pick<Logger, 'warn'>;
};

/**
 * Has the engine begin and end runs of templates. Idempotent: the execution id is the workflow id, and a run that the log
 * has as over is not begun again.
 */
export function makeTemplateRuns(options: TemplateRunsOptions) {
  const { engine } = options;
  const parts = (meta: EventMeta, templateId: string, executionId: string) => {
    const { tenantId, workspaceId, correlationId, traceparent } = meta;
    const ids = { tenantId, workspaceId, flowId: templateId, flowVersion: 'template', executionId };
    const origin = { correlationId, traceparent };
    return { envelope: vouchedEnvelope(options.tokenSecret, ids), origin };
  };
  const begin = async (start: TemplateStart, signal: AbortSignal): Promise<void> => {
    try {
      await engine.startTemplate(start, signal);
    } catch (err) {
      if (engineFaultKind(err) !== 'permanent') throw err;
      options.logger.warn({ ...causeFields(start.cause), err }, 'the engine refuses a run of a template for good');
      const { tenantId, flowId: templateId, executionId } = start.run.envelope;
      const kind = start.type === PROVISION_WORKFLOW ? 'provisioning' : 'deprovisioning';
      await endUnfinished(options, { tenantId, templateId, executionId, kind }, messageOf(err), start.cause, signal);
    }
  };
  const provision = ({ meta, data }: ProvisioningRequested, signal: AbortSignal): Promise<void> => {
    const { templateId, executionId, plan, taskPollMs, secretIds } = data;
    const ids = parts(meta, templateId, executionId);
    const run = { ...ids, plan: JSON.parse(plan) as RunPlan, taskPollMs, secretIds };
    return begin({ type: PROVISION_WORKFLOW, run, cause: run.origin }, signal);
  };
  const deprovision = (meta: EventMeta, templateId: string, next: Next, signal: AbortSignal): Promise<void> => {
    const { executionId, resources, allowDelete, removalTimeoutMs: timeoutMs } = next;
    const run = { ...parts(meta, templateId, executionId), resources, allowDelete, timeoutMs };
    return begin({ type: DEPROVISION_WORKFLOW, run, cause: run.origin }, signal);
  };

  /** @throws CallAbandoned on `signal` */
  return async (event: TemplateRunEvent, done: DoneInLog, signal: AbortSignal): Promise<void> => {
    const { meta, data } = event;
    switch (event.type) {
      case 'ProvisioningRequested':
        if (done.closed.has(event.data.executionId)) return undefined;
        return provision(event, signal);
      case 'ProvisioningFinished': {
        const { next } = event.data;
        if (next === null || done.closed.has(next.executionId)) return undefined;
        return deprovision(meta, data.templateId, next, signal);
      }
      case 'DeprovisioningRequested': {
        const { ends, templateId, executionId } = event.data;
        if (done.closed.has(executionId)) return undefined;
        if (ends === null) return deprovision(meta, templateId, event.data, signal);
        if (done.closed.has(ends)) return undefined;
        await engine.cancel(ends, meta.commandId, signal);
        const { tenantId, correlationId, traceparent } = meta;
        const ended = { tenantId, templateId, executionId: ends, kind: 'provisioning' } as const;
        // The engine takes such a request of a run that it has ended, too.
        await endIfLost(options, ended, signal, { correlationId, traceparent });
        return undefined;
      }
      default:
        return assertNever(event);
    }
  };
}

type Next = Pick<DeprovisioningRequested['data'], 'executionId' | 'resources' | 'allowDelete' | 'removalTimeoutMs'>;
