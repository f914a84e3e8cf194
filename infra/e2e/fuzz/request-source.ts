import fc from 'fast-check';
import { fuzzRequests, type FuzzRequest } from './requests.js';
import type { Sent } from './send.js';

const BATCH = 20;
/** Of bodies that grow, so many are small for one that may be as large as a body can be. */
const LARGE_EVERY = 5;

/** Requests without end, the same ones for the same seed. */
export function* requestSource(seed: number): Generator<FuzzRequest> {
  const requests = fuzzRequests(LARGE_EVERY);
  for (let batch = 0; ; batch += 1) yield* fc.sample(requests, { seed: seed + batch, numRuns: BATCH });
}

const SHOWN_BYTES = 400;

/** A request for a message: its line, its headers and the beginning of its body. */
export function shownRequest({ method, target, headers, body }: Sent): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.slice(0, 100)}`);
  const text =
    body === undefined ? 'no body' : `${body.length} bytes ${JSON.stringify(body.toString('utf8', 0, SHOWN_BYTES))}`;
  return `${method} ${target.slice(0, 500)} (${lines.join('; ')}) ${text}`;
}
