import { readSettings } from '@flowplane/contracts';
import { oneOf } from './entries.js';

/** How the routes of provisioning templates know their callers, and what they say about templates of others. */
export const PROVISIONING_ENTRIES = {
  /** How the routes of templates know their callers: by their credentials as everywhere, or not at all. */
  provisioningAuth: oneOf('FLOWS_PROVISIONING_AUTH', ['identity', 'none'], 'identity'),
  /** Status of answers about a template of somebody else. */
  provisioningForeign: oneOf('FLOWS_PROVISIONING_FOREIGN', ['403', '404'], '403'),
};

/** Faults of the variables of provisioning 18, which are no entries: their values may change while processes run. */
export const provisioningFaults = (env: Readonly<Record<string, string | undefined>>) => (): readonly string[] =>
  readSettings(env).faults;
