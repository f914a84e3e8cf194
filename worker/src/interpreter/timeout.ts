/** Code and message of an attempt beyond `startToClose` (flow-language 8.3). */
export const TIMEOUT_CODE = 'TIMEOUT';
export const TIMEOUT_MESSAGE = 'Activity timed out';
