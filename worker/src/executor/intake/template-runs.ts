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
import type { TemplateReports } from '../../provisioning/activities/template-reports.js';
import { DEPROVISION_WORKFLOW, PROVISION_WORKFLOW } from '../../provisioning/run.js';
import { engineFaultKind, messageOf } from '../../shared/engine-fault.js';
import { vouchedEnvelope } from '../../shared/vouch.js';
import type { Engine } from '../engine/engine.js';
import type { DoneInLog } from './done-in-log.js';

/** What begins, or ends, a run of a template. */
export type TemplateRunEvent = ProvisioningRequested | ProvisioningFinished | DeprovisioningRequested;

export const isTemplateRunEvent = (event: Event): event is TemplateRunEvent =>
  event.type === 'ProvisioningRequested' ||
  event.type === 'ProvisioningFinished' ||
  event.type === 'DeprovisioningRequested';

/** Key under which what concerns a template is done in the order of the log. */
export const templateTurn = ({ meta, data }: TemplateRunEvent): string =>
  `template/${meta.tenantId}/${data.templateId}`;

export type TemplateRunsOptions = {
  readonly engine: Pick<Engine, 'startTemplate' | 'cancel'>;
  readonly reports: Pick<TemplateReports, 'provisioned' | 'deprovisioned'>;
  /** FLOW_EXECUTION_TOKEN_SECRET. */
  readonly tokenSecret: string;
  readonly logger: Pick<Logger, 'warn'>;
};

const LOST = 'The engine does not have the run any more.';

/**
 * Has the engine begin and end runs of templates. Idempotent: the execution id is the workflow id, and a run that the log
 * has as over is not begun again.
 */
export function makeTemplateRuns({ engine, reports, ...options }: TemplateRunsOptions) {
  const parts = (meta: EventMeta, templateId: string, executionId: string) => {
    const { tenantId, workspaceId, correlationId, traceparent } = meta;
    const ids = { tenantId, workspaceId, flowId: templateId, flowVersion: 'template', executionId };
    const origin = { correlationId, traceparent };
    return { envelope: vouchedEnvelope(options.tokenSecret, ids), origin };
  };
  /** @param onRefused for a start that the engine refuses for good */
  const begin = async (start: Parameters<Engine['startTemplate']>[0], signal: AbortSignal, onRefused: Refused) => {
    try {
      await engine.startTemplate(start, signal);
    } catch (err) {
      if (engineFaultKind(err) !== 'permanent') throw err;
      options.logger.warn({ ...causeFields(start.cause), err }, 'the engine refuses a run of a template for good');
      await onRefused(messageOf(err));
    }
  };
  const provision = ({ meta, data }: ProvisioningRequested, signal: AbortSignal): Promise<void> => {
    const { templateId, executionId, plan, taskPollMs, secretIds } = data;
    const ids = parts(meta, templateId, executionId);
    const run = { ...ids, plan: JSON.parse(plan) as RunPlan, taskPollMs, secretIds };
    return begin({ type: PROVISION_WORKFLOW, run, cause: run.origin }, signal, (why) =>
      reports.provisioned(run, failed(why), signal),
    );
  };
  const deprovision = (meta: EventMeta, templateId: string, next: Next, signal: AbortSignal): Promise<void> => {
    const { executionId, resources, allowDelete, removalTimeoutMs: timeoutMs } = next;
    const run = { ...parts(meta, templateId, executionId), resources, allowDelete, timeoutMs };
    return begin({ type: DEPROVISION_WORKFLOW, run, cause: run.origin }, signal, () =>
      reports.deprovisioned(run, { removed: [], failed: [...resources], setAside: [] }, signal),
    );
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
        if (done.closed.has(ends) || (await engine.cancel(ends, meta.commandId, signal))) return undefined;
        // Over, and its report is on its way; or lost with what the engine had.
        return reports.provisioned(parts(meta, templateId, ends), failed(LOST), signal);
      }
      default:
        return assertNever(event);
    }
  };
}

type Refused = (why: string) => Promise<void>;
type Next = Pick<DeprovisioningRequested['data'], 'executionId' | 'resources' | 'allowDelete' | 'removalTimeoutMs'>;

const failed = (error: string) => ({ status: 'FAILED', error, errorStatus: 500, completed: [], unsure: [] }) as const;
