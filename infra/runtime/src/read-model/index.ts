export * from './contract.js';
export * from './public-query.js';
export * from './progress-tracker.js';
export * from './progress.js';
export * from './read-models-ready.js';
export * from './as-of.js';
export * from './unavailable.js';
export * from './commands.js';
export * from './event-triggers.js';
export * from './flows.js';
export * from './frames.js';
export * from './runs.js';
export * from './teardown.js';
export {
  isTemplateOfAnother,
  storedTemplate,
  templateSecretsInUse,
  type StoredTemplateRow,
} from './templates.js';
export * from './webhooks.js';
export * from './public-queries.js';
export { setQuotas, type SetQuotas } from './tenant-quotas.js';
