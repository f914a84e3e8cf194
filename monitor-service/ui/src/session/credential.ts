/** Who a person is to the API, in one of the ways that it accepts (flows-api 2.1). */
export type Credential =
  | { readonly kind: 'apiKey'; readonly key: string }
  | { readonly kind: 'bearer'; readonly token: string; readonly subject: string }
  | { readonly kind: 'gatewayHeaders'; readonly tenantId: string; readonly subject: string }
  /** A gateway in between knows who it is, and says so in its own headers. */
  | { readonly kind: 'vouchedFor'; readonly subject: string };

/** What every request carries. */
export function credentialHeaders(credential: Credential): Readonly<Record<string, string>> {
  switch (credential.kind) {
    case 'apiKey':
      return { 'x-api-key': credential.key };
    case 'bearer':
      return { authorization: `Bearer ${credential.token}` };
    case 'gatewayHeaders':
      return {
        'x-tenant-id': credential.tenantId,
        'x-auth-subject': credential.subject,
        'x-actor-roles': 'tenant_owner',
      };
    case 'vouchedFor':
      return {};
  }
}
