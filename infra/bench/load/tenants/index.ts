export { startHangingServer, startHostileTenant, type HostileTenant } from './hostile-tenant.js';
export { type AnswerCounts } from './hostile-calls.js';
export { makeQuietTenants, type QuietReport, type QuietTenants } from './quiet-tenants.js';
export { readFootprint, type Footprint } from '../../measure/footprint.js';
