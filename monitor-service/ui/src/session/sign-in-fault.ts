const ADVICE: Readonly<Record<string, string>> = {
  access_denied:
    'The provider has not let you in, or it was broken off there. Sign in again, perhaps as somebody else.',
  login_required: 'You are not signed in at the provider any more. Sign in again.',
  consent_required: 'The provider asks for your consent. Sign in again.',
  interaction_required: 'The provider has something to ask. Sign in again.',
  invalid_scope:
    'The provider does not know a scope of FLOWS_OIDC_SCOPE: the operator of this installation can mend that.',
  unauthorized_client:
    'The provider does not know this console, or not its address: the operator of this installation can mend that.',
  temporarily_unavailable: 'The provider is overloaded. Sign in again in a while.',
  server_error: 'The provider has failed. Sign in again in a while.',
};

/** Why signing in at the provider has failed, and what to do about it. @param cause with the code of OAuth 2.0, where there is one */
export function signInFault(cause: unknown): string {
  const { error, error_description: description } = (cause ?? {}) as {
    readonly error?: unknown;
    readonly error_description?: unknown;
  };
  if (typeof error === 'string') {
    const said = typeof description === 'string' ? ` (${error}: ${description})` : ` (${error})`;
    return (ADVICE[error] ?? 'The provider has refused it. Sign in again.') + said;
  }
  if (cause instanceof TypeError) return 'The provider cannot be reached. Sign in again in a while.';
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/state/i.test(message)) {
    return 'This sign-in was begun in another tab, or long ago, or was used already. Sign in again.';
  }
  return `Signing in at the provider has failed: ${message}. Sign in again.`;
}
