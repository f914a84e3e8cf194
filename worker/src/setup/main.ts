import { makeLogger } from '@flowplane/plumbing/logging';
import { setupConfig } from './config.js';
import { engineTarget } from '../shared/temporal-connection.js';
import { setUpEngine } from './set-up-engine.js';

const logger = makeLogger({ service: 'setup' });
try {
  const config = setupConfig(process.env);
  const { namespace, retentionMs, timeoutMs } = config;
  await setUpEngine({ target: engineTarget(config), namespace, retentionMs, deadline: Date.now() + timeoutMs, logger });
} catch (cause) {
  logger.fatal({ err: cause }, 'the engine could not be set up');
  process.exitCode = 1;
}
