import {
  configuredDatabase,
  databaseUrl,
  durationMs,
  integer,
  list,
  optional,
  plaintextFaults,
  type PLAINTEXT_ENTRIES,
  type ConfigOf,
} from '@flowplane/plumbing/config';
import { EMAIL_SEND_ENTRIES, emailSendFaults } from './email-send/config.js';
import { parseAllowedHosts } from './outbound/allowed-hosts.js';

/** Settings of what tasks call. */
export const TASK_BACKEND_ENTRIES = {
  httpAllowHosts: list('FLOWS_HTTP_ALLOW_HOSTS', []),
  dataPostgresUrl: optional(databaseUrl('FLOWS_DATA_POSTGRES_URL')),
  dataSharedTables: list('FLOWS_DATA_SHARED_TABLES', []),
  dataPostgresConnections: integer('FLOWS_DATA_POSTGRES_CONNECTIONS', 10, { min: 1, max: 1000 }),
  dataPostgresTimeoutMs: durationMs('FLOWS_DATA_POSTGRES_TIMEOUT', 30_000),
  ...EMAIL_SEND_ENTRIES,
};
export type TaskBackendConfig = ConfigOf<typeof TASK_BACKEND_ENTRIES>;

/** What is wrong with them together; every fault names its variable. */
export function taskBackendFaults(
  config: Partial<TaskBackendConfig & ConfigOf<typeof PLAINTEXT_ENTRIES>>,
): readonly string[] {
  const faults: string[] = [];
  try {
    parseAllowedHosts(config.httpAllowHosts ?? []);
  } catch (cause) {
    faults.push(`FLOWS_HTTP_ALLOW_HOSTS ${(cause as Error).message}`);
  }
  faults.push(...plaintextFaults(config, configuredDatabase('FLOWS_DATA_POSTGRES_URL', config.dataPostgresUrl)));
  if (config.dataSharedTables?.some((name) => !/^[^.]+\.[^.]+$/.test(name)) === true) {
    faults.push('FLOWS_DATA_SHARED_TABLES must be names such as public.countries with a comma between');
  }
  if (config.dataPostgresTimeoutMs === 0) faults.push('FLOWS_DATA_POSTGRES_TIMEOUT must be longer than 0');
  faults.push(...emailSendFaults(config));
  return faults;
}
