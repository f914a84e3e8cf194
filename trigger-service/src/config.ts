import {
  COMMAND_LOG_ENTRIES,
  CONNECTION_ENTRIES,
  HTTP_ENTRIES,
  oneOf,
  readConfig,
  type ConfigOf,
} from '@flowplane/infra/config';

const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  ...COMMAND_LOG_ENTRIES,
  logLevel: oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
};

export type TriggerServiceConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readTriggerServiceConfig(env: Readonly<Record<string, string | undefined>>): TriggerServiceConfig {
  return readConfig(env, ENTRIES);
}
