/** Who calls, as verified from the request's credential (flows-api 2.1). Never read from a body or a path. */
export type Identity = {
  readonly tenantId: string;
  /** The one workspace the credential is bound to; null: unbound. */
  readonly boundWorkspaceId: string | null;
  readonly actorId: string;
  readonly kind: 'gateway' | 'jwt' | 'api-key';
  readonly dbRole: 'flows_app' | 'flows_anon' | 'flows_service';
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** Workspaces the actor may change structurally; null: no such claim was made. */
  readonly workspaceIds: readonly string[] | null;
  readonly privilegeDomain: string | null;
};

/** Headers by lower-case name; a repeated header is its first value. */
export type HeaderReader = (name: string) => string | undefined;

export type IdentityOptions = {
  /** GATEWAY_SHARED_SECRET; undefined: gateway headers are accepted as they are. */
  readonly gatewaySecret: string | undefined;
  /** Constant-time comparison, given by the caller so that this stays free of I/O packages. */
  readonly secretsEqual: (a: string, b: string) => boolean;
};

const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(/[\s,]+/)
    .map((item) => item.trim())
    .filter((item) => item !== '');

const blankToNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

const DB_ROLES = ['flows_app', 'flows_anon', 'flows_service'] as const;

/**
 * Identity from the trusted gateway's headers.
 *
 * @returns undefined when there is none or it is not trustworthy: 401.
 */
export function gatewayIdentity(header: HeaderReader, options: IdentityOptions): Identity | undefined {
  const tenantId = header('x-tenant-id');
  if (tenantId === undefined || !/^[A-Za-z0-9_-]{1,64}$/.test(tenantId)) return undefined;
  if (options.gatewaySecret !== undefined) {
    if (!options.secretsEqual(header('x-gateway-auth') ?? '', options.gatewaySecret)) return undefined;
  }
  const workspaceIds = header('x-actor-workspace-ids') ?? header('x-workspace-ids');
  const dbRole = header('x-pg-role');
  return {
    tenantId,
    boundWorkspaceId: blankToNull(header('x-workspace-id')),
    actorId: blankToNull(header('x-auth-subject')) ?? 'anonymous',
    kind: 'gateway',
    dbRole: DB_ROLES.find((role) => role === dbRole) ?? 'flows_app',
    roles: list(header('x-actor-roles')),
    scopes: list(header('x-auth-scopes') ?? header('x-actor-scopes')),
    workspaceIds: workspaceIds === undefined ? null : list(workspaceIds),
    privilegeDomain: blankToNull(header('x-privilege-domain')),
  };
}
