import { CONVERSATIONS } from './conversations.js';
import { DEPLOYMENTS } from './deployments.js';
import { SEARCHES } from './searches.js';
import type { UseCase } from './use-case.js';

/** Every use case of provisioning 7. */
export const USE_CASES: readonly UseCase[] = [...DEPLOYMENTS, ...SEARCHES, ...CONVERSATIONS];
