import { TEMPLATE_WORKSPACE } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { OpenTemplateRun } from '@flowplane/runtime/read-model';
import type { TemplateReports } from '../../provisioning/activities/template-reports.js';
import type { TemplateRunOrigin } from '../../provisioning/run.js';
import { vouchedEnvelope } from '../../shared/vouch.js';
import type { Engine } from '../engine/engine.js';

export type LostTemplateRunPorts = {
  readonly engine: Pick<Engine, 'standing'>;
  readonly reports: Pick<TemplateReports, 'provisioned' | 'deprovisioned'>;
  /** FLOW_EXECUTION_TOKEN_SECRET. */
  readonly tokenSecret: string;
  readonly logger: Pick<Logger, 'error'>;
};

const LOST = 'The engine does not have the run any more.';
const UNASKED: TemplateRunOrigin = { correlationId: 'executor', traceparent: null };

/**
 * Ends, for the log, a run of a template that is under way there, when the engine does not know it or has ended it before
 * its work was done. To be called in the template's turn, so that its start is not under way. May be done twice.
 *
 * @returns whether it was lost
 * @throws CallAbandoned on `signal`
 */
export async function endIfLost(
  ports: LostTemplateRunPorts,
  run: OpenTemplateRun,
  signal: AbortSignal,
  origin = UNASKED,
): Promise<boolean> {
  const standing = await ports.engine.standing(run.executionId, signal);
  if (standing.state === 'open' || (standing.state === 'over' && standing.hasCompleted)) return false;
  ports.logger.error({ alert: 'run-lost', ...run }, 'a run of a template that cannot go on is ended');
  await endUnfinished(ports, run, LOST, origin, signal);
  return true;
}

/** Says of a run that nothing will ever end that it is over; the log knows what it has made, removed and begun. */
export async function endUnfinished(
  { reports, tokenSecret }: Pick<LostTemplateRunPorts, 'reports' | 'tokenSecret'>,
  { tenantId, templateId, executionId, kind }: OpenTemplateRun,
  why: string,
  origin: TemplateRunOrigin,
  signal: AbortSignal,
): Promise<void> {
  const ids = { tenantId, workspaceId: TEMPLATE_WORKSPACE, flowId: templateId, flowVersion: 'template', executionId };
  const run = { envelope: vouchedEnvelope(tokenSecret, ids), origin };
  if (kind === 'deprovisioning') return reports.deprovisioned(run, { removed: [], failed: [], setAside: [] }, signal);
  const end = { status: 'FAILED', error: why, errorStatus: null, completed: [], unsure: [] } as const;
  return reports.provisioned(run, end, signal);
}
