import { decodePosition, type WaitPosition } from '@flowplane/contracts';
import { header, type Call } from './call.js';
import { refusal } from '@flowplane/plumbing/http';

const MAX_WAIT_S = 60;

/** What the client prefers about waiting (RFC 7240, flows-api 3.1). `applied` goes into `Preference-Applied`. */
export type WaitPreference = {
  readonly waitMs: number;
  readonly respondAsync: boolean;
  readonly applied: string | null;
};

/** Reads `Prefer: wait=<s>` and `Prefer: respond-async`; anything malformed is ignored, as RFC 7240 asks. */
export function waitPreference(call: Pick<Call, 'headers'>, defaultWaitMs: number): WaitPreference {
  const preferences = (header(call, 'prefer') ?? '').split(/[,;]/).map((item) => item.trim().toLowerCase());
  if (preferences.includes('respond-async')) return { waitMs: 0, respondAsync: true, applied: 'respond-async' };
  const wait = preferences
    .map((item) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(item)?.[1])
    .find((item) => item !== undefined);
  if (wait === undefined) return { waitMs: defaultWaitMs, respondAsync: false, applied: null };
  const seconds = Math.min(Number(wait), MAX_WAIT_S);
  return { waitMs: seconds * 1000, respondAsync: false, applied: `wait=${seconds}` };
}

/** Whether the client prefers to be refused rather than to have something passed over: `Prefer: handling=strict`. */
export function handlesStrictly(call: Pick<Call, 'headers'>): boolean {
  // Of a preference that is given twice the first one counts (RFC 7240).
  const handling = /(?:^|[,;])\s*handling\s*=\s*"?([a-z]*)"?/i.exec(header(call, 'prefer') ?? '')?.[1];
  return handling?.toLowerCase() === 'strict';
}

/**
 * The position a read must wait for, from `x-flows-min-position`.
 *
 * @throws Refusal 400 INVALID_POSITION
 */
export function minPosition(call: Call): WaitPosition | undefined {
  const token = header(call, 'x-flows-min-position');
  if (token === undefined) return undefined;
  const position = decodePosition(token);
  if (position === undefined) throw refusal('INVALID_POSITION');
  return position;
}
