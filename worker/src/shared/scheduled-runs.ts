import { uuidV5 } from '@flowplane/contracts';

/** Correlation id of everything a fire causes: no request has given it one. */
export const fireCorrelationId = (executionId: string): string => uuidV5(`fire/${executionId}`);
