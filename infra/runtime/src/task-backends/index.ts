export { announceBackends } from './announce.js';
export { TASK_BACKEND_MIGRATIONS } from './migrations.js';
export { makeWorkspaceBackends, type WorkspaceBackends } from './workspace-backends.js';
