import type { AllowedHosts } from './http-request/allowed-hosts.js';
import { makeHttpRequest } from './http-request/http-request.js';
import type { TaskHandler } from './task-handler.js';

/** Handlers of the task types whose backends this worker has; the other types answer `CAPABILITY_UNAVAILABLE`. */
export function makeTaskHandlers(options: { readonly allowedHosts: AllowedHosts }): ReadonlyMap<string, TaskHandler> {
  return new Map([['http.request', makeHttpRequest({ allowedHosts: options.allowedHosts })]]);
}
