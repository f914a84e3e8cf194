import type { KafkaClient } from '@flowplane/plumbing/kafka';
import { makeBatchProducer } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { makeSecretStore, openMasterKeys, SECRET_MIGRATIONS } from '@flowplane/runtime/secrets';
import type { InterpreterConfig } from '../interpreter/config.js';
import type { TokenSettings } from '../tasks/execution-token.js';
import {
  openSearchClient,
  OpenSearchUnreachable,
  type OpenSearchClient,
} from '../tasks/provisioning/opensearch/client.js';
import { makeProvisioningActivities } from './activities/provisioning-activities.js';
import { makeTemplateReports } from './activities/template-reports.js';
import type { ProvisioningActivities } from './workflow/activities.js';

export type Provisioning = {
  readonly activities: ProvisioningActivities;
  readonly close: () => Promise<void>;
};

const SOURCE = '/flowplane/worker';

/** What templates are provisioned with: the secrets of tenants, the commands topic, and OpenSearch where there is one. */
export async function openProvisioning(options: {
  readonly config: InterpreterConfig;
  readonly kafka: KafkaClient;
  readonly commandsTopic: string;
  readonly statePool: Pool;
  readonly token: TokenSettings;
  readonly logger: Logger;
}): Promise<Provisioning> {
  const { config, statePool, token, logger } = options;
  await migrate(statePool, SECRET_MIGRATIONS);
  const producer = makeBatchProducer(options.kafka, { topic: options.commandsTopic });
  const client = clientOf(config);
  return {
    activities: makeProvisioningActivities({
      ...{ client, token, logger },
      secrets: makeSecretStore(statePool, openMasterKeys(config, logger)),
      reports: makeTemplateReports({
        ...{ producer, logger, source: SOURCE, now: Date.now },
        partitions: config.partitions,
      }),
      isMultiTenant: false,
    }),
    close: async () => {
      await producer.close();
      await client.close();
    },
  };
}

const NONE = 'No OpenSearch is configured: set FLOWS_OPENSEARCH_URL.';

function clientOf({ openSearchUrl: url, openSearchUser: user, openSearchPassword: password }: InterpreterConfig) {
  if (url !== undefined) {
    return openSearchClient({
      url,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
    });
  }
  const none: OpenSearchClient = {
    send: () => Promise.reject(new OpenSearchUnreachable(NONE, false)),
    close: () => Promise.resolve(),
  };
  return none;
}
