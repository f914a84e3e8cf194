import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

export type LoginProvider = {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audience: string;
  readonly clientId: string;
  /** From now on people may sign in and out, and are sent back to these addresses. */
  readonly open: (redirectUri: string, signedOutUri: string) => Promise<void>;
  /** Access tokens given so far. */
  readonly tokens: () => number;
  /** When the last of them ends, epoch ms. */
  readonly lastTokenEnds: () => number;
  readonly close: () => Promise<void>;
};

const AUDIENCE = 'flowplane';
const CLIENT = 'console';

/**
 * A real OpenID provider at which people sign in with any name and password, by code and PKCE. Its access tokens say what
 * `claims` has and live for `tokenTtlS` seconds.
 */
export async function startLoginProvider(claims: object, tokenTtlS: number): Promise<LoginProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let tokens = 0;
  let lastAt = 0;
  const open = async (redirectUri: string, signedOutUri: string): Promise<void> => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const provider = new Provider(issuer, {
      clients: [
        {
          ...{ client_id: CLIENT, token_endpoint_auth_method: 'none', redirect_uris: [redirectUri] },
          ...{ grant_types: ['authorization_code'], response_types: ['code'] },
          post_logout_redirect_uris: [signedOutUri],
        },
      ],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'one' }] },
      clientBasedCORS: () => true,
      extraTokenClaims: () => {
        tokens += 1;
        lastAt = Date.now();
        return { ...claims };
      },
      features: {
        devInteractions: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => 'urn:flowplane',
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            ...{ scope: '', audience: AUDIENCE, accessTokenTTL: tokenTtlS, accessTokenFormat: 'jwt' },
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
    });
    const handle = provider.callback();
    server.on('request', (request, response) => void handle(request, response));
  };
  return {
    ...{ issuer, jwksUrl: `${issuer}/jwks`, audience: AUDIENCE, clientId: CLIENT, open },
    tokens: () => tokens,
    // A token counts whole seconds: it may say one more than what has passed.
    lastTokenEnds: () => lastAt + (tokenTtlS + 1) * 1_000,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
