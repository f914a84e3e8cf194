import type { KafkaClient } from '@flowplane/plumbing/kafka';
import { makeBatchProducer } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { answerLookups, followNews, PROVISIONING_MIGRATIONS } from '@flowplane/runtime/provisioning';
import { SECRET_MIGRATIONS, type SecretStore } from '@flowplane/runtime/secrets';
import type { InterpreterConfig } from '../interpreter/config.js';
import type { TokenSettings } from '../tasks/execution-token.js';
import {
  openSearchClient,
  OpenSearchUnreachable,
  type OpenSearchClient,
} from '../tasks/provisioning/opensearch/client.js';
import { makeProvisioningActivities } from './activities/provisioning-activities.js';
import { makeTemplateReports } from './activities/template-reports.js';
import { lookAtCluster } from './look-at-cluster.js';
import type { ProvisioningActivities } from './workflow/activities.js';

export type Provisioning = {
  readonly activities: ProvisioningActivities;
  readonly close: () => Promise<void>;
};

const SOURCE = '/flowplane/worker';

/**
 * What templates are provisioned with: the secrets of tenants, the commands topic, and OpenSearch where there is one. Answers
 * what services ask about OpenSearch.
 */
export async function openProvisioning(options: {
  readonly config: InterpreterConfig;
  readonly kafka: KafkaClient;
  readonly commandsTopic: string;
  readonly statePool: Pool;
  readonly stateDbUrl: string;
  readonly secrets: Pick<SecretStore, 'get'>;
  readonly token: TokenSettings;
  readonly logger: Logger;
}): Promise<Provisioning> {
  const { config, statePool, secrets, token, logger } = options;
  await migrate(statePool, SECRET_MIGRATIONS);
  await migrate(statePool, PROVISIONING_MIGRATIONS);
  const producer = makeBatchProducer(options.kafka, { topic: options.commandsTopic });
  const configured = configuredClient(config);
  const client = configured ?? NO_CLIENT;
  const { isMultiTenant } = config;
  const lookups = answerLookups({
    ...{ pool: statePool, logger },
    look: lookAtCluster({ client: configured, isMultiTenant }),
  });
  const news = followNews(options.stateDbUrl, [lookups]);
  return {
    activities: makeProvisioningActivities({
      ...{ client, token, logger, isMultiTenant, secrets },
      reports: makeTemplateReports({
        ...{ producer, logger, source: SOURCE, now: Date.now },
        partitions: config.partitions,
      }),
    }),
    close: async () => {
      await news.close();
      await lookups.close();
      await producer.close();
      await client.close();
    },
  };
}

const NONE = 'No OpenSearch is configured: set FLOWS_OPENSEARCH_URL.';
const NO_CLIENT: OpenSearchClient = {
  send: () => Promise.reject(new OpenSearchUnreachable(NONE, false)),
  close: () => Promise.resolve(),
};

function configuredClient(config: InterpreterConfig): OpenSearchClient | undefined {
  const { openSearchUrl: url, openSearchUser: user, openSearchPassword: password } = config;
  if (url === undefined) return undefined;
  return openSearchClient({
    url,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  });
}
