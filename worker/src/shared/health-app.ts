import { buildServer, sendJson } from '@flowplane/plumbing/http';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Metrics } from '@flowplane/plumbing/telemetry';

export type HealthAppOptions = {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Names of the dependencies that are not reachable; of the executor the engine is none: it delays, it does not stop. */
  readonly missing: () => Promise<readonly string[]>;
};

const MAX_BODY_BYTES = 1024;

/** `/livez`, `/readyz` and `/metrics`. */
export function buildHealthApp(options: HealthAppOptions): ReturnType<typeof buildServer> {
  const app = buildServer({ ...options, maxBodyBytes: MAX_BODY_BYTES });
  app.get('/livez', (_request, reply) => sendJson(reply, 200, { status: 'ok' }));
  return app;
}
