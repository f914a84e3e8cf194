import type { Event } from '@flowplane/contracts';
import { Refusal, refusal } from '@flowplane/plumbing/http';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Answer, Call } from '@flowplane/runtime/api';
import { stored } from '@flowplane/runtime/read-model';
import type { WorkspaceOwners } from '@flowplane/runtime/tenancy';

/** Does the work that a workspace was claimed for. */
export type InClaim = (work: () => Promise<Answer>) => Promise<Answer>;

export type WorkspaceClaims = {
  /**
   * Reserves the workspace for the caller's tenant unless it is the tenant's already. What the command then comes to
   * decides: refused, the reservation is given back; accepted, the log says so and `heard` confirms it.
   *
   * @throws Refusal 403 when it is another tenant's, 429 `max_workspaces`, 503 OWNERS_UNKNOWN, STORE_UNAVAILABLE
   */
  readonly claim: (call: Pick<Call, 'workspaceId' | 'tenantId'>) => Promise<InClaim>;
  /** Every event that counts: the first of a workspace makes it its tenant's for good. */
  readonly heard: (event: Event) => void;
};

export type ClaimOptions = {
  readonly owners: Pick<WorkspaceOwners, 'reserve' | 'confirm' | 'release'>;
  /** FLOWS_WORKSPACE_REGISTRY: only with `claim` anything is claimed. */
  readonly registry: string;
  /** FLOWS_MAX_WORKSPACES */
  readonly maxWorkspaces: number;
  readonly logger: Pick<Logger, 'warn'>;
};

const UNCLAIMED: InClaim = (work) => work();

export function makeWorkspaceClaims({ owners, registry, maxWorkspaces, logger }: ClaimOptions): WorkspaceClaims {
  if (registry !== 'claim') return { claim: () => Promise.resolve(UNCLAIMED), heard: () => undefined };
  /** What fails here is put right by the sweep. */
  const settled = (work: Promise<void>): Promise<void> =>
    work.catch((err: unknown) => logger.warn({ err }, 'a reservation of a workspace could not be settled'));
  return {
    claim: async ({ workspaceId, tenantId }) => {
      const claim = await stored(owners.reserve(workspaceId, tenantId, maxWorkspaces));
      if (claim.kind === 'full') {
        const quota = { limit: maxWorkspaces, usage: claim.used };
        throw refusal('QUOTA_EXCEEDED', { dimension: 'max_workspaces', quota });
      }
      if (claim.kind === 'lost') throw refusal('OWNERS_UNKNOWN', { retryAfterSeconds: 2 });
      if (claim.kind === 'reserved') return releasing(() => settled(owners.release(workspaceId, tenantId)));
      if (claim.owner !== tenantId) throw refusal('CROSS_TENANT_VIOLATION');
      return UNCLAIMED;
    },
    heard: ({ type, meta: { workspaceId, tenantId } }) => {
      // Whatever else is accepted needs a flow.
      if (type === 'FlowCreated') void settled(owners.confirm(workspaceId, tenantId));
    },
  };
}

const releasing =
  (release: () => Promise<void>): InClaim =>
  async (work) => {
    try {
      const answer = await work();
      if (answer.status >= 400) await release();
      return answer;
    } catch (cause) {
      if (cause instanceof Refusal) await release();
      throw cause;
    }
  };
