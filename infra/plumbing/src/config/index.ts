export * from './read-config.js';
export * from './entries.js';
export * from './connections.js';
export * from './inputs.js';
export { kafkaConfig } from './kafka-connection.js';
export { OPENSEARCH_ENTRIES, openSearchFaults } from './opensearch.js';
export { PROVISIONING_ENTRIES, provisioningFaults } from './provisioning.js';
export { configuredDatabase, PLAINTEXT_ENTRIES, plaintextFaults } from './plaintext.js';
export { TEMPORAL_ENTRIES, usesTemporalTls, type TemporalValues } from './temporal-connection.js';
