import { inTransaction, type Pool } from '@flowplane/plumbing/postgres';

/** A tenant's claim to a workspace; `reserved` until a command of it is accepted, and to be released when none is. */
export type WorkspaceClaim =
  | { readonly kind: 'owned'; readonly owner: string }
  | { readonly kind: 'reserved' }
  /** The tenant has as many workspaces as it may, or more: an operator assigns beyond the limit. */
  | { readonly kind: 'full'; readonly used: number }
  /** The table is empty and was not: whose the workspace is cannot be told. */
  | { readonly kind: 'lost' };

export type Reservation = { readonly workspaceId: string; readonly tenantId: string };

/** Ownership of workspaces, in schema `tenancy` of the state database. */
export type WorkspaceOwners = {
  /** The tenant that owns or has reserved it. A confirmed owner is believed for half a minute. */
  readonly ownerOf: (workspaceId: string) => Promise<string | undefined>;
  /** Whether it is some tenant's for good. */
  readonly isConfirmed: (workspaceId: string) => Promise<boolean>;
  /** Makes the tenant the owner for good unless there is one; counts against no limit. @returns the owner */
  readonly assign: (workspaceId: string, tenantId: string) => Promise<string>;
  readonly reserve: (workspaceId: string, tenantId: string, maxWorkspaces: number) => Promise<WorkspaceClaim>;
  /** A command of the tenant in the workspace was accepted. */
  readonly confirm: (workspaceId: string, tenantId: string) => Promise<void>;
  /** The command of one reservation was refused; the last one gives the workspace back. */
  readonly release: (workspaceId: string, tenantId: string) => Promise<void>;
  /** Reservations of which nothing was heard for so long. */
  readonly abandoned: (ageMs: number) => Promise<readonly Reservation[]>;
  /** Gives a reservation back of which nothing was heard for so long. */
  readonly free: (reservation: Reservation, ageMs: number) => Promise<void>;
};

const MAX_CACHED = 100_000;
/** A teardown frees workspaces, and other processes do not hear of it. */
const CACHED_MS = 30_000;

const OWNER = 'SELECT tenant_id, confirmed_at FROM tenancy.workspace_owners WHERE workspace_id = $1';
const ASSIGN = `
  INSERT INTO tenancy.workspace_owners AS o (workspace_id, tenant_id, confirmed_at) VALUES ($1, $2, now())
      ON CONFLICT (workspace_id) DO UPDATE SET confirmed_at = coalesce(o.confirmed_at, now())
   WHERE o.tenant_id = EXCLUDED.tenant_id`;
const HOLD = `
  UPDATE tenancy.workspace_owners SET holds = holds + 1, claimed_at = now()
   WHERE workspace_id = $1 AND tenant_id = $2 AND confirmed_at IS NULL`;
const LOST = `
  SELECT 1 FROM tenancy.owner_positions
   WHERE owners > 0 AND NOT EXISTS (SELECT 1 FROM tenancy.workspace_owners WHERE confirmed_at IS NOT NULL) LIMIT 1`;
const RESERVE = `
  INSERT INTO tenancy.workspace_owners (workspace_id, tenant_id)
  SELECT $1, $2 WHERE (SELECT count(*) FROM tenancy.workspace_owners WHERE tenant_id = $2) < $3
      ON CONFLICT DO NOTHING`;
const USED = 'SELECT count(*)::int AS used FROM tenancy.workspace_owners WHERE tenant_id = $1';
const CONFIRM = `
  UPDATE tenancy.workspace_owners SET confirmed_at = now()
   WHERE workspace_id = $1 AND tenant_id = $2 AND confirmed_at IS NULL`;
const RELEASE = `
  UPDATE tenancy.workspace_owners SET holds = holds - 1
   WHERE workspace_id = $1 AND tenant_id = $2 AND confirmed_at IS NULL`;
const FREE_RELEASED = `
  DELETE FROM tenancy.workspace_owners
   WHERE workspace_id = $1 AND tenant_id = $2 AND confirmed_at IS NULL AND holds <= 0`;
const ABANDONED = `
  SELECT workspace_id AS "workspaceId", tenant_id AS "tenantId" FROM tenancy.workspace_owners
   WHERE confirmed_at IS NULL AND claimed_at < now() - make_interval(secs => $1 / 1000.0)
   ORDER BY claimed_at LIMIT 1000`;
const FREE = `
  DELETE FROM tenancy.workspace_owners
   WHERE workspace_id = $1 AND tenant_id = $2 AND confirmed_at IS NULL
     AND claimed_at < now() - make_interval(secs => $3 / 1000.0)`;

type OwnerRow = { readonly tenant_id: string; readonly confirmed_at: Date | null };

export function makeWorkspaceOwners(statePool: Pool, now: () => number = Date.now): WorkspaceOwners {
  const confirmed = new Map<string, { readonly tenantId: string; readonly until: number }>();
  const remember = (workspaceId: string, tenantId: string): void => {
    if (confirmed.size >= MAX_CACHED) confirmed.clear();
    confirmed.set(workspaceId, { tenantId, until: now() + CACHED_MS });
  };
  const cachedOwner = (workspaceId: string): string | undefined => {
    const known = confirmed.get(workspaceId);
    return known !== undefined && known.until > now() ? known.tenantId : undefined;
  };
  const lookUp = async (workspaceId: string): Promise<OwnerRow | undefined> => {
    const row = (await statePool.query<OwnerRow>(OWNER, [workspaceId])).rows[0];
    if (row?.confirmed_at instanceof Date) remember(workspaceId, row.tenant_id);
    return row;
  };
  const ownerOf = async (workspaceId: string): Promise<string | undefined> =>
    cachedOwner(workspaceId) ?? (await lookUp(workspaceId))?.tenant_id;
  const hold = (workspaceId: string, tenantId: string, maxWorkspaces: number): Promise<'held' | 'not held' | 'lost'> =>
    inTransaction(statePool, async (client) => {
      if ((await client.query(LOST)).rows.length > 0) return 'lost';
      // Counted one after the other, or two at the limit would both find room.
      await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`workspaces of ${tenantId}`]);
      if (((await client.query(HOLD, [workspaceId, tenantId])).rowCount ?? 0) > 0) return 'held';
      const reserved = await client.query(RESERVE, [workspaceId, tenantId, maxWorkspaces]);
      return (reserved.rowCount ?? 0) > 0 ? 'held' : 'not held';
    });
  return {
    ownerOf,
    isConfirmed: async (workspaceId) => {
      if (cachedOwner(workspaceId) !== undefined) return true;
      return (await lookUp(workspaceId))?.confirmed_at instanceof Date;
    },
    assign: async (workspaceId, tenantId) => {
      await statePool.query(ASSIGN, [workspaceId, tenantId]);
      const owner = await ownerOf(workspaceId);
      if (owner === undefined) throw new Error('a workspace that was just assigned has no owner');
      return owner;
    },
    reserve: async (workspaceId, tenantId, maxWorkspaces) => {
      const cached = cachedOwner(workspaceId);
      if (cached !== undefined) return { kind: 'owned', owner: cached };
      const row = await lookUp(workspaceId);
      const isOpen = row === undefined || (row.tenant_id === tenantId && row.confirmed_at === null);
      if (!isOpen) return { kind: 'owned', owner: row.tenant_id };
      const held = await hold(workspaceId, tenantId, maxWorkspaces);
      if (held !== 'not held') return { kind: held === 'held' ? 'reserved' : 'lost' };
      // Somebody was faster, or there is no room.
      const owner = (await lookUp(workspaceId))?.tenant_id;
      if (owner !== undefined) return { kind: 'owned', owner };
      const { rows } = await statePool.query<{ used: number }>(USED, [tenantId]);
      return { kind: 'full', used: rows[0]?.used ?? maxWorkspaces };
    },
    confirm: async (workspaceId, tenantId) => {
      if (cachedOwner(workspaceId) === tenantId) return;
      await statePool.query(CONFIRM, [workspaceId, tenantId]);
    },
    release: async (workspaceId, tenantId) => {
      await statePool.query(RELEASE, [workspaceId, tenantId]);
      await statePool.query(FREE_RELEASED, [workspaceId, tenantId]);
    },
    abandoned: async (ageMs) => (await statePool.query<Reservation>(ABANDONED, [ageMs])).rows,
    free: async ({ workspaceId, tenantId }, ageMs) => {
      await statePool.query(FREE, [workspaceId, tenantId, ageMs]);
    },
  };
}
