import { gatewayTrust } from '@flowplane/contracts';
import type { ServerOptions } from '@flowplane/plumbing/http';

/** What of `HTTP_ENTRIES` makes the server of a service. */
export function serverOptions(config: {
  readonly maxBodyBytes: number;
  readonly maxJsonValues: number;
  readonly corsOrigins: readonly string[];
  readonly answerStallMs: number;
  readonly answerTimeoutMs: number;
  readonly gatewaySecret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly trustGatewayHeaders: boolean | undefined;
}): Pick<ServerOptions, 'maxBodyBytes' | 'maxJsonValues' | 'corsOrigins' | 'answerTimes' | 'gatewayHeaders'> {
  const { maxBodyBytes, maxJsonValues, corsOrigins } = config;
  const { believed } = gatewayTrust({ ...config, trusted: config.trustGatewayHeaders });
  const answerTimes = { partMs: config.answerStallMs, wholeMs: config.answerTimeoutMs };
  return { maxBodyBytes, maxJsonValues, corsOrigins, answerTimes, gatewayHeaders: believed };
}
