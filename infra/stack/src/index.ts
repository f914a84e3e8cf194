export { builtOnce } from './artifacts/built-once.js';
export { ensureConsole } from './artifacts/console-files.js';
export { runTool } from './artifacts/run-tool.js';
export { ensureKafkaTools, SHORT_LIVED_JVM } from './artifacts/kafka-jars.js';
export { cacheFolder } from './paths.js';
export type { InfraEndpoints } from './infra.js';
export {
  endpointsOf,
  startServices,
  type IsolatedServices,
  type IsolatedServicesOptions,
} from './isolated-services.js';
export { startBrokerCluster, type BrokerCluster } from './kafka/broker-cluster.js';
export { startStack, type InfraName, type IsolatedStack } from './isolated-stack.js';
export { startMlEndpoint, type MlEndpoint } from './ml-endpoint/ml-endpoint.js';
export { scrape, type Scrape } from './net/metrics-text.js';
export { freePorts } from './net/ports.js';
export { waitUntil } from './net/wait-until.js';
export { OPENSEARCH_HOOK_MS, sharedOpenSearch } from './opensearch/shared-server.js';
export type { StackSecurity } from './stack-security.js';
export { startTimeSkippingServer, type TimeSkippingServer } from './temporal/time-skipping-server.js';
export { MAX_HEAP_MIB, SERVICES, type ServiceName } from './services/service-plan.js';
export { startTimeOf } from './process/process-identity.js';
export { startFerretDb, type FerretDb } from './test-servers/ferretdb.js';
export { startMailpit, type Mailpit } from './test-servers/mailpit.js';
export { startVersityGateway, type VersityGateway } from './test-servers/versity-gateway.js';
export { longOr } from './test-run/test-length.js';
