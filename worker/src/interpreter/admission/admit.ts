import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  commandProgressName,
  CONTROL_PROJECTION,
  isExecutionOf,
  partitionOf,
  traceHeader,
  type JsonObject,
  type StartFromTrigger,
} from '@flowplane/contracts';
import { commandRecord, untilAppended } from '@flowplane/runtime/commands';
import type { BatchProducer } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { BEHIND, type ProgressTracker } from '@flowplane/runtime/read-model';
import type { StartQuotas } from '@flowplane/runtime/quotas';
import { inSpan } from '@flowplane/plumbing/telemetry';
import { asOf } from '../../shared/as-of.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { Admission, FireRequest, RunLimits } from '../../shared/run-input.js';
import { vouchedEnvelope } from '../../shared/vouch.js';
import type { LocalActivities } from '../workflow/local-activities.js';
import { fireCommand } from './fire-command.js';
import type { RefusedFires } from './refused-fires.js';
import type { FireDecision, ReadDecision } from './read-decision.js';

export type AdmissionPorts = {
  /** Of the commands topic. */
  readonly producer: BatchProducer;
  readonly partitions: number;
  /** Of the control projection, by `commandProgressName`; opened with the first fire. */
  readonly progress: () => ProgressTracker;
  readonly readDecision: ReadDecision;
  /** What an external evaluator says of one more start. */
  readonly quotas: StartQuotas;
  readonly refusedFires: RefusedFires;
  /** FLOWS_STRICT_INPUTS */
  readonly strictInputs: boolean;
  /** FLOW_EXECUTION_TOKEN_SECRET. */
  readonly tokenSecret: string;
  /** Bounds of the runs admitted from now on. */
  readonly limits: RunLimits;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn'>;
};

export const SOURCE = '/flowplane/worker';
const CONTROL = commandProgressName(CONTROL_PROJECTION);

/**
 * Has a fire decided like every other start: quota, audit and log have it before its first node. Waits for as long as
 * the log or the read model is away.
 *
 * @throws CallAbandoned when the attempt is cancelled; the next one finds what was decided meanwhile
 */
export function makeAdmit(ports: AdmissionPorts): LocalActivities['admit'] {
  return (fire) => {
    if (!isExecutionOf(fire.executionId, fire)) {
      throw ApplicationFailure.nonRetryable(`${fire.executionId} is no run of ${fire.flowId}.`, 'INVALID_FIRE');
    }
    const attributes = { 'flowplane.execution_id': fire.executionId, 'flowplane.flow_id': fire.flowId };
    return inSpan({ name: 'admit fire', kind: 'internal', parent: null, attributes }, async ({ traceparent }) => {
      const command = fireCommand(fire, { nowMs: ports.now(), traceparent, strictInputs: ports.strictInputs });
      const standing = ports.refusedFires.standing(fire);
      if (standing !== undefined) return standing;
      const decision = await decide(ports, command, cancellationSignal());
      ports.refusedFires.decided(fire, decision.status === 'refused' ? decision : undefined);
      if (decision.status === 'refused') return decision;
      return admitted(ports, fire, command, decision);
    });
  };
}

type Decided = NonNullable<FireDecision>;

async function decide(ports: AdmissionPorts, command: StartFromTrigger, signal: AbortSignal): Promise<Decided> {
  const { commandId, tenantId } = command.meta;
  const read = (): Promise<FireDecision> => ports.readDecision(commandId, command.data.executionId, tenantId);
  const progress = ports.progress();
  const known = await retryWhileUnavailable(read, signal);
  if (known !== undefined) return known;
  const partition = partitionOf(tenantId, ports.partitions);
  const verdict = await retryWhileUnavailable(() => ports.quotas(command.meta), signal);
  const asked = { ...command, data: { ...command.data, verdict } };
  const offset = (await append(ports, asked, signal)) + 1;
  return asOf({ progress, name: CONTROL, partition, offset, signal }, async () => (await read()) ?? BEHIND, 'wait');
}

/** @returns its offset. An append of unknown fate is made again: what is asked twice is decided once */
async function append(ports: AdmissionPorts, command: StartFromTrigger, signal: AbortSignal): Promise<number> {
  const record = commandRecord(command, { partitions: ports.partitions, source: SOURCE });
  const onFault = (err: unknown): void => {
    ports.logger.warn({ err, executionId: command.data.executionId }, 'a fire could not be appended; trying again');
  };
  return (await untilAppended(() => ports.producer.append(record), { signal, onFault })).offset;
}

function admitted(
  { tokenSecret, limits }: AdmissionPorts,
  { tenantId, workspaceId, flowId, executionId }: FireRequest,
  { meta }: StartFromTrigger,
  decision: Extract<Decided, { readonly status: 'admitted' }>,
): Admission {
  const flowVersion = String(decision.version);
  return {
    status: 'admitted',
    run: {
      envelope: vouchedEnvelope(tokenSecret, { tenantId, workspaceId, flowId, flowVersion, executionId }),
      triggerType: 'cron',
      input: JSON.parse(decision.input) as JsonObject,
      limits,
      requestedAt: decision.place,
      origin: {
        correlationId: meta.correlationId,
        eventDepth: 0,
        ...traceHeader(meta.traceparent),
      },
    },
  };
}
