import type { CallerName, Expected, IdKind, OperatorRow, Row } from './row.js';

type Headers = Readonly<Record<string, string>>;
type Keys = {
  readonly anon: string;
  readonly service: string;
  readonly otherWorkspace: string;
  readonly otherTenant: string;
};

const gateway = (roles: string, more: Headers = {}): Headers => ({
  'x-tenant-id': 'acme',
  'x-auth-subject': 'asker',
  'x-actor-roles': roles,
  ...more,
});
const DOMAIN = { A: 'structural_admin', D: 'data_access' } as const;
const otherDomain = (domain: Row['domain']) => ({ 'x-privilege-domain': DOMAIN[domain === 'A' ? 'D' : 'A'] });

/** The credential of a caller; all but the first three try with the strongest role of a tenant. */
export function credentialsOf(caller: CallerName, domain: Row['domain'], keys: Keys): Headers {
  switch (caller) {
    case 'nobody':
      return {};
    case 'viewer':
      return gateway('viewer', { 'x-workspace-id': 'acme-main' });
    case 'user without roles':
      return gateway('', { 'x-workspace-id': 'acme-main' });
    case 'other workspace':
      return gateway('tenant_owner', { 'x-workspace-id': 'acme-side' });
    case 'other tenant':
      return gateway('tenant_owner', { 'x-tenant-id': 'globex' });
    case 'key of another workspace':
      return { apikey: keys.otherWorkspace };
    case 'key of another tenant':
      return { apikey: keys.otherTenant };
    case 'anon key':
      return { apikey: keys.anon };
    case 'service key':
      return { apikey: keys.service };
    case 'privileged':
      return gateway('tenant_owner');
    case 'privileged elsewhere':
      return gateway('workspace_admin', { 'x-actor-workspace-ids': 'acme-side' });
    case 'privileged in the other domain':
      return gateway('tenant_owner', otherDomain(domain));
    case 'platform admin':
      return gateway('platform_admin', otherDomain(domain));
  }
}

const FORBIDDEN = '403 FORBIDDEN';

/**
 * What flows-api 2.2 says before any handler, in its order.
 *
 * @returns undefined where the caller is let in
 */
export function refusedBeforeHandler(caller: CallerName, row: Row, method: string): Expected | undefined {
  switch (caller) {
    case 'nobody':
      return '401 UNAUTHENTICATED';
    case 'other workspace':
    case 'key of another workspace':
    case 'key of another tenant':
      return FORBIDDEN;
    case 'other tenant':
      return '403 CROSS_TENANT_VIOLATION';
    case 'privileged in the other domain':
      return '403 PRIVILEGE_DOMAIN_MISMATCH';
    case 'anon key':
      return row.domain === 'D' && method === 'GET' ? undefined : FORBIDDEN;
    case 'user without roles':
      return row.gate === 'yes' ? FORBIDDEN : undefined;
    case 'service key':
    case 'viewer':
    case 'privileged elsewhere':
      return row.gate === '–' ? undefined : FORBIDDEN;
    case 'privileged':
    case 'platform admin':
      return undefined;
  }
}

/** What a caller gets; undefined: the route has no such kind of id. */
export function expectedOf(caller: CallerName, row: Row, method: string, kind: IdKind): Expected | undefined {
  if (row[kind] === undefined) return undefined;
  return row.instead?.[caller] ?? refusedBeforeHandler(caller, row, method) ?? row[kind];
}

/** The same for operator routes. */
export function expectedOfOperator(caller: CallerName, row: OperatorRow, kind: IdKind): Expected | undefined {
  if (row[kind] === undefined) return undefined;
  if (caller === 'nobody') return '401 UNAUTHENTICATED';
  return caller === 'platform admin' ? row[kind] : FORBIDDEN;
}
