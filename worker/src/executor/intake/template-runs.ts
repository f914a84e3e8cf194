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
import type { OpenTemplateRun } from '@flowplane/runtime/read-model';
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
 * has as over, or has a step of, is not begun again.
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
  /**
   * Of a run that the log has a step of, the start was made, however the engine stands: begun again it would make again
   * what is there. Where the engine has lost it, as after a restore, it is ended.
   */
  const unlessBegun = async (
    { tenantId, correlationId, traceparent }: EventMeta,
    run: Omit<OpenTemplateRun, 'tenantId'>,
    { closed, begun }: DoneInLog,
    signal: AbortSignal,
    start: () => Promise<void>,
  ): Promise<void> => {
    if (closed.has(run.executionId)) return;
    if (!begun.has(run.executionId)) return start();
    await endIfLost(options, { tenantId, ...run }, signal, { correlationId, traceparent });
  };
  const provision = ({ meta, data }: ProvisioningRequested, done: DoneInLog, signal: AbortSignal): Promise<void> => {
    const { templateId, executionId, plan, taskPollMs, secretIds } = data;
    return unlessBegun(meta, { templateId, executionId, kind: 'provisioning' }, done, signal, () => {
      const ids = parts(meta, templateId, executionId);
      const run = { ...ids, plan: JSON.parse(plan) as RunPlan, taskPollMs, secretIds };
      return begin({ type: PROVISION_WORKFLOW, run, cause: run.origin }, signal);
    });
  };
  const deprovision = (
    meta: EventMeta,
    { templateId, executionId, ...next }: Next,
    done: DoneInLog,
    signal: AbortSignal,
  ): Promise<void> =>
    unlessBegun(meta, { templateId, executionId, kind: 'deprovisioning' }, done, signal, () => {
      const { resources, allowDelete, removalTimeoutMs: timeoutMs } = next;
      const run = { ...parts(meta, templateId, executionId), resources, allowDelete, timeoutMs };
      return begin({ type: DEPROVISION_WORKFLOW, run, cause: run.origin }, signal);
    });

  /** @throws CallAbandoned on `signal` */
  return async (event: TemplateRunEvent, done: DoneInLog, signal: AbortSignal): Promise<void> => {
    const { meta, data } = event;
    const { templateId } = data;
    switch (event.type) {
      case 'ProvisioningRequested':
        return provision(event, done, signal);
      case 'ProvisioningFinished': {
        const { next } = event.data;
        return next === null ? undefined : deprovision(meta, { templateId, ...next }, done, signal);
      }
      case 'DeprovisioningRequested': {
        const { ends, executionId } = event.data;
        if (ends === null) return deprovision(meta, event.data, done, signal);
        if (done.closed.has(executionId) || done.closed.has(ends)) return undefined;
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

type Next = Pick<
  DeprovisioningRequested['data'],
  'templateId' | 'executionId' | 'resources' | 'allowDelete' | 'removalTimeoutMs'
>;
