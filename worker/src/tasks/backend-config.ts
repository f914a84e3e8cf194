import { CONNECTION_KINDS, type ConnectionKind } from '@flowplane/contracts';
import { list, type PLAINTEXT_ENTRIES, type ConfigOf } from '@flowplane/plumbing/config';
import { DB_QUERY_ENTRIES, dbQueryFaults } from './db-query/config.js';
import { EMAIL_SEND_ENTRIES, emailSendFaults } from './email-send/config.js';
import { FUNCTIONS_ENTRIES } from './functions-invoke/config.js';
import { LLM_ENTRIES } from './llm-complete/config.js';
import { backendUrlFaults } from './outbound/backend-url.js';
import { parseAllowedHosts } from './outbound/allowed-hosts.js';
import { STORAGE_ENTRIES, storageFaults } from './storage/config.js';

/** Settings of what tasks call. */
export const TASK_BACKEND_ENTRIES = {
  ...FUNCTIONS_ENTRIES,
  ...LLM_ENTRIES,
  /** `host:port` of servers that tasks may call although they are not public. */
  httpAllowHosts: list('FLOWS_HTTP_ALLOW_HOSTS', []),
  ...DB_QUERY_ENTRIES,
  ...STORAGE_ENTRIES,
  ...EMAIL_SEND_ENTRIES,
};
export type TaskBackendConfig = ConfigOf<typeof TASK_BACKEND_ENTRIES>;

/** Kinds of servers that are configured for every tenant. */
export function configuredKinds(config: TaskBackendConfig): readonly ConnectionKind[] {
  const settings: Readonly<Partial<Record<ConnectionKind, string | undefined>>> = {
    postgres: config.dataPostgresUrl,
    mongo: config.dataMongoUrl,
    s3: config.storageEndpoint,
    smtp: config.smtpUrl,
    llm: config.llmUrl,
    functions: config.functionsUrl,
  };
  return CONNECTION_KINDS.filter((kind) => settings[kind] !== undefined);
}

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
  faults.push(...dbQueryFaults(config));
  faults.push(...storageFaults(config));
  faults.push(...emailSendFaults(config));
  faults.push(...backendUrlFaults(config, 'FLOWS_FUNCTIONS_URL', config.functionsUrl));
  faults.push(...backendUrlFaults(config, 'FLOWS_LLM_URL', config.llmUrl));
  return faults;
}
