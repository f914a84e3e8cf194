/** Who calls, as verified from the request's credential (flows-api 2.1). Never read from a body or a path. */
export type Identity = {
  readonly tenantId: string;
  /** The one workspace the credential is bound to; null: unbound. */
  readonly boundWorkspaceId: string | null;
  /** Who it is in the audit; `anonymous` where the credential names nobody. */
  readonly actorId: string;
  /** Whether the credential names somebody: without, only reads are let in. */
  readonly hasSubject: boolean;
  readonly kind: 'gateway' | 'jwt' | 'api-key';
  readonly dbRole: 'flows_app' | 'flows_anon' | 'flows_service';
  readonly roles: readonly string[];
  /** By which access to templates may go (provisioning 16). */
  readonly backendRoles: readonly string[];
  readonly scopes: readonly string[];
  /** Workspaces the actor may change structurally; null: no such claim was made. */
  readonly workspaceIds: readonly string[] | null;
  readonly privilegeDomain: string | null;
  /** When the credential ends by itself, in ms since the epoch; null: it does not say. */
  readonly expiresAt: number | null;
};

/** Texts of headers by lower-case name; a repeated header is its first value. */
export type HeaderReader = (name: string) => string | undefined;

/** Whether identity headers are believed, and by what the gateway proves that they are its own. */
export type GatewayTrust =
  | { readonly believed: false }
  /** `secret` undefined: they are believed as they come. */
  | { readonly believed: true; readonly secret: string | undefined };

/** Where callers prove themselves by tokens, headers without a secret would let anybody be anybody (flows-api 2.1). */
export function gatewayTrust(config: {
  /** GATEWAY_SHARED_SECRET */
  readonly gatewaySecret?: string | undefined;
  /** FLOWS_JWKS_URL */
  readonly jwksUrl?: string | undefined;
  /** FLOWS_TRUST_GATEWAY_HEADERS; undefined: not set. */
  readonly trusted?: boolean | undefined;
}): GatewayTrust {
  const { gatewaySecret: secret, jwksUrl, trusted = secret !== undefined || jwksUrl === undefined } = config;
  return trusted ? { believed: true, secret } : { believed: false };
}

export type IdentityOptions = {
  readonly trust: GatewayTrust;
  /** Constant-time comparison, given by the caller so that this stays free of I/O packages. */
  readonly secretsEqual: (a: string, b: string) => boolean;
};

const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(/[\s,]+/)
    .map((item) => item.trim())
    .filter((item) => item !== '');

const blankToNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** Actor of a credential that names nobody. */
export const NOBODY = 'anonymous';

/** Whether a text names somebody. */
export const isSubject = (text: string): boolean => text.trim() !== '';

const DB_ROLES = ['flows_app', 'flows_anon', 'flows_service'] as const;

/**
 * Identity from the trusted gateway's headers.
 *
 * @returns undefined when there is none or it is not trustworthy: 401.
 */
export function gatewayIdentity(header: HeaderReader, options: IdentityOptions): Identity | undefined {
  const { trust } = options;
  const tenantId = header('x-tenant-id');
  if (!trust.believed) return undefined;
  if (tenantId === undefined || !/^[A-Za-z0-9_-]{1,64}$/.test(tenantId)) return undefined;
  if (trust.secret !== undefined && !options.secretsEqual(header('x-gateway-auth') ?? '', trust.secret))
    return undefined;
  const workspaceIds = header('x-actor-workspace-ids') ?? header('x-workspace-ids');
  const dbRole = header('x-pg-role');
  const subject = header('x-auth-subject') ?? '';
  const hasSubject = isSubject(subject);
  return {
    tenantId,
    boundWorkspaceId: blankToNull(header('x-workspace-id')),
    actorId: hasSubject ? subject : NOBODY,
    hasSubject,
    kind: 'gateway',
    dbRole: DB_ROLES.find((role) => role === dbRole) ?? 'flows_app',
    roles: list(header('x-actor-roles')),
    backendRoles: list(header('x-backend-roles')),
    scopes: list(header('x-auth-scopes') ?? header('x-actor-scopes')),
    workspaceIds: workspaceIds === undefined ? null : list(workspaceIds),
    privilegeDomain: blankToNull(header('x-privilege-domain')),
    expiresAt: null,
  };
}
