export * from './append-command.js';
export * from './command-backlog.js';
export * from './open-command-log.js';
export * from './outcome-tail.js';
export * from './overload-guard.js';
export * from './denial-recorder.js';
