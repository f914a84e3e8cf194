export type { DataOf, RecordSchema, Shape } from './avro.js';
export type { Problem, StoredValue } from './parts.js';
export type { ClosedStatus, RetrySource, RunFailure, RunStatus } from './execution.js';
export type * from './trigger.js';
export type { ProvisioningAction, ProvisioningEnd } from './template.js';
export type { TenantDrain, TenantQuota } from './tenant.js';
export type * from './command.js';
export type * from './event.js';
export type * from './frame.js';
