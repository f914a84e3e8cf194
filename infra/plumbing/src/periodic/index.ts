export { makeBackoff, pause, type Backoff, type BackoffOptions } from './backoff.js';
export { Abandoned, keepTrying, type KeepTryingOptions } from './keep-trying.js';
export { makePace, type Pace, type PaceOptions } from './pace.js';
export { runLoop, type AfterRound, type FaultAnswer, type Loop, type LoopOptions } from './run-loop.js';
export { startPeriodic, type Periodic, type PeriodicOptions } from './start-periodic.js';
