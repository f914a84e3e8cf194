import { FIRE_DENIED, problem } from '@flowplane/contracts';
import type { DeniedCall } from '@flowplane/runtime/api';
import type { FireRequest } from '../../shared/run-input.js';

/** A fire that a quota refuses. */
export type FireRefusal = { readonly status: 'refused'; readonly code: string; readonly message: string };

export type RefusedFires = {
  /** The refusal that a fire has without being put to the log; undefined: it is to be decided there. */
  readonly standing: (fire: FireRequest) => FireRefusal | undefined;
  /** What the log has decided of a fire; undefined: it is admitted. */
  readonly decided: (fire: FireRequest, refusal: FireRefusal | undefined) => void;
};

/** Refused fires of a tenant that the log decides one by one in a minute; as many as the audit shows (flows-api 13.2). */
const PER_MINUTE = 60;
/** From then on one fire is put to the log so often, and ends this when it is admitted. */
const PROBE_MS = 1000;
const MINUTE_MS = 60_000;
const QUOTA = 'QUOTA_EXCEEDED';

type Tenant = { readonly minute: number; refused: number; askedAt: number; last: FireRefusal | undefined };

/**
 * Refused fires are condensed like other denials: beyond the first ones of a tenant's minute, most are refused here with
 * the last answer of the log and condensed into a count, so that a schedule of every second costs no record for ever with
 * each of its fires.
 *
 * @param record takes a refused fire into a count
 */
export function makeRefusedFires(now: () => number, record: (denied: DeniedCall) => void): RefusedFires {
  const tenants = new Map<string, Tenant>();
  let minute = 0;
  const tenantOf = ({ tenantId }: FireRequest): Tenant => {
    const current = Math.floor(now() / MINUTE_MS);
    if (current !== minute) tenants.clear();
    minute = current;
    const tenant = tenants.get(tenantId) ?? { minute, refused: 0, askedAt: 0, last: undefined };
    tenants.set(tenantId, tenant);
    return tenant;
  };
  return {
    standing: (fire) => {
      const tenant = tenantOf(fire);
      const { last } = tenant;
      if (last === undefined || tenant.refused < PER_MINUTE || now() - tenant.askedAt >= PROBE_MS) {
        tenant.askedAt = now();
        return undefined;
      }
      record(deniedFire(fire, last));
      return last;
    },
    decided: (fire, refusal) => {
      const tenant = tenantOf(fire);
      if (refusal?.code !== QUOTA) {
        if (refusal === undefined) tenants.delete(fire.tenantId);
        return;
      }
      tenant.refused++;
      tenant.last = refusal;
    },
  };
}

const deniedFire = (fire: FireRequest, { message }: FireRefusal): DeniedCall => ({
  identity: { tenantId: fire.tenantId, actorId: 'apikey:service', roles: [] },
  ...{ workspaceId: fire.workspaceId, flowId: fire.flowId, executionId: fire.executionId },
  ...{ command: FIRE_DENIED, problem: problem(QUOTA, { message }) },
  ...{ correlationId: fire.executionId, traceparent: null },
});
