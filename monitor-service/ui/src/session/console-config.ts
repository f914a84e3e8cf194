import { reached } from './reached.js';

/** What the console has to know before somebody has signed in, as `/ui/config.json` has it. */
export type ConsoleConfig = {
  /** Whether a tenant and a name alone are believed: behind a gateway that vouches for them, or on a machine of one's own. */
  readonly gatewayHeaders: boolean;
  /** Signed in to by itself, where those are believed; null: a person says which. */
  readonly tenantId: string | null;
  /** The provider of identities whose tokens are accepted; null: none is configured for the console. */
  readonly oidc: OidcConfig | null;
};

export type OidcConfig = {
  readonly issuer: string;
  readonly clientId: string;
  /** Scopes with blanks between them. */
  readonly scope: string;
  /** Audience that is asked for in tokens; null: the provider knows. */
  readonly audience: string | null;
};

export async function readConsoleConfig(): Promise<ConsoleConfig> {
  const answer = await reached(fetch('/ui/config.json'));
  if (!answer.ok) throw new Error(`The console’s configuration cannot be read (${answer.status}).`);
  return (await answer.json()) as ConsoleConfig;
}
