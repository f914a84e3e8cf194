import { once } from 'node:events';
import { makeLogger } from '@flowplane/plumbing/logging';
import { runProcess } from '@flowplane/plumbing/process';
import { makeGateway } from './app.js';
import { gatewayConfig } from './config.js';

const CLOSE_DEADLINE_MS = 5_000;
const DRAIN_MS = 3_000;

const logger = makeLogger({ service: 'gateway' });

runProcess({
  logger,
  closeDeadlineMs: CLOSE_DEADLINE_MS,
  start: async () => {
    const config = gatewayConfig(process.env);
    const server = makeGateway({
      upstreams: {
        'command-service': new URL(config.commandServiceUrl),
        'projection-service': new URL(config.projectionServiceUrl),
        'trigger-service': new URL(config.triggerServiceUrl),
        'monitor-service': new URL(config.monitorServiceUrl),
      },
      workers: {
        ...(config.executorUrl === undefined ? {} : { executor: new URL(config.executorUrl) }),
        ...(config.workerUrl === undefined ? {} : { worker: new URL(config.workerUrl) }),
      },
      sharedSecret: config.sharedSecret,
      corsOrigins: config.corsOrigins,
      connectWindowMs: config.connectWindowMs,
      onFault: (err, what) => logger.error({ err, what }, 'request failed'),
    });
    server.listen(config.port, config.host);
    await once(server, 'listening');
    logger.info({ port: config.port }, 'listening');
    return {
      close: async () => {
        const closed = once(server, 'close');
        server.close();
        server.closeIdleConnections();
        // Event streams have no end of their own: they are cut, and their viewers reconnect where they were.
        const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
        await closed;
        clearTimeout(cut);
      },
    };
  },
});
