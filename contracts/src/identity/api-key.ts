import type { HeaderReader, Identity } from './identity.js';

/** What an API key may do: `anon` reads run data, `service` starts and steers runs as well (flows-api 2.1, 4). */
export type ApiKeyType = 'anon' | 'service';
export const API_KEY_TYPES: readonly ApiKeyType[] = ['anon', 'service'];

/** An API key as it is kept; the key itself is not. */
export type ApiKeyRecord = {
  readonly keyId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly type: ApiKeyType;
};

const SCOPES: Readonly<Record<ApiKeyType, readonly string[]>> = {
  anon: ['data:read'],
  service: ['data:read', 'data:write', 'ddl:write'],
};

/**
 * The API key a request presents, in the order of flows-api 2.1: `Authorization: ApiKey …`, `Authorization: Bearer
 * flc_…`, `apikey`, `x-api-key`, then the query parameter of the event stream. Undefined: none is presented. One that is
 * presented decides, also when it is empty or bad.
 */
export function presentedApiKey(header: HeaderReader, query?: string): string | undefined {
  const authorization = header('authorization') ?? '';
  const scheme = /^apikey(?:\s+(.*))?$/i.exec(authorization);
  if (scheme !== null) return (scheme[1] ?? '').trim();
  const bearer = bearerToken(header);
  if (bearer?.startsWith('flc_') === true) return bearer;
  return header('apikey') ?? header('x-api-key') ?? query;
}

/** The token of `Authorization: Bearer …`, of any kind; empty when there is none behind the scheme. */
export function bearerToken(header: HeaderReader): string | undefined {
  const bearer = /^bearer(?:\s+(.*))?$/i.exec(header('authorization') ?? '');
  return bearer === null ? undefined : (bearer[1] ?? '').trim();
}

/** Whether a text has the form of a key; anything else need not be looked up. */
export const isApiKey = (text: string): boolean => /^flc_(?:anon|service)_[A-Za-z0-9_-]{16,128}$/.test(text);

/** Identity of a caller with an API key: tenant and workspace come from the key. */
export function apiKeyIdentity(key: ApiKeyRecord): Identity {
  return {
    tenantId: key.tenantId,
    boundWorkspaceId: key.workspaceId,
    actorId: `apikey:${key.type}`,
    hasSubject: true,
    kind: 'api-key',
    dbRole: key.type === 'anon' ? 'flows_anon' : 'flows_service',
    roles: [],
    backendRoles: [],
    scopes: SCOPES[key.type],
    workspaceIds: null,
    privilegeDomain: null,
    expiresAt: null,
  };
}
