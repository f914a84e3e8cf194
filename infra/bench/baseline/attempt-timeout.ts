/**
 * Time-out of an attempt of an activity written by hand, as long as the heartbeat time-out of a task of ours: the timer of
 * every attempt comes due while its side is measured. In a system that runs on, those of earlier runs do.
 */
export const ATTEMPT_TIMEOUT = '15 seconds';
