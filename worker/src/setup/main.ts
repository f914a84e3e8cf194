import { makeLogger } from '@flowplane/plumbing/logging';
import { setupConfig } from './config.js';
import { setUpEngine } from './set-up-engine.js';

const logger = makeLogger({ service: 'setup' });
try {
  const { temporalAddress: address, namespace, retentionMs, timeoutMs } = setupConfig(process.env);
  await setUpEngine({ address, namespace, retentionMs, deadline: Date.now() + timeoutMs, logger });
} catch (cause) {
  logger.fatal({ err: cause }, 'the engine could not be set up');
  process.exitCode = 1;
}
