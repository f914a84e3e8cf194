import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@flowplane/stack';
import { runPath, send, type ApiClient } from './api-client.js';
import type { PendingBody, Problem } from './api-types.js';

const LANES = 2;
const PAUSE_MS = 300;
const SIGNAL_EVERY = 3;
const LARGE_EVERY = 5;
const LARGE_BYTES = 100_000;
const GIVE_UP_MS = 180_000;

/** Commands that are sent, each again under its Idempotency-Key until it is accepted. */
export type Load = {
  /** Resolves when so many more commands have been accepted. */
  readonly more: (count: number) => Promise<void>;
  /** Resolves when a command has been refused from now on. */
  readonly refused: () => Promise<void>;
  /** Sends no new ones; resolves with the Idempotency-Keys of what was accepted, and with each kind of refusal. */
  readonly end: () => Promise<{ readonly accepted: readonly string[]; readonly refusals: readonly string[] }>;
};

/**
 * Starts runs of the flow `short`, some with a large input, and signals those of `review` that wait for one; on and on,
 * until `end` is called.
 *
 * @param waiting runs of `review` to signal
 */
export function startLoad(client: ApiClient, waiting: readonly string[]): Load {
  const left = [...waiting];
  const refusals: string[] = [];
  let sent = 0;
  const accepted: string[] = [];
  let isEnding = false;

  const next = (): { readonly path: string; readonly body: object } => {
    sent += 1;
    const executionId = sent % SIGNAL_EVERY === 0 ? left.pop() : undefined;
    if (executionId !== undefined) {
      return { path: `${runPath('review', executionId)}/signals/review`, body: { approved: true } };
    }
    const bytes = sent % LARGE_EVERY === 0 ? LARGE_BYTES : 10;
    return { path: '/flows/short/executions', body: { input: { text: randomBytes(bytes).toString('base64') } } };
  };
  const lane = async (): Promise<void> => {
    while (!isEnding || left.length > 0) {
      accepted.push(await sendUntilAccepted(client, next(), refusals));
      await sleep(PAUSE_MS);
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  // Reported by `end`; until then nobody waits for it.
  lanes.catch(() => undefined);
  const grown = (what: string, size: () => number, by: number): Promise<void> => {
    const goal = size() + by;
    return waitUntil(what, () => Promise.resolve(size() >= goal), { timeoutMs: GIVE_UP_MS, everyMs: 20 });
  };
  return {
    more: (count) => grown(`${count} more accepted commands`, () => accepted.length, count),
    refused: () => grown('a refused command', () => refusals.length, 1),
    end: async () => {
      isEnding = true;
      await lanes;
      return { accepted, refusals: [...new Set(refusals)].toSorted() };
    },
  };
}

/** @returns the Idempotency-Key */
async function sendUntilAccepted(
  client: ApiClient,
  { path, body }: { readonly path: string; readonly body: object },
  refusals: string[],
): Promise<string> {
  const key = randomUUID();
  const headers = { ...client.headers, prefer: 'respond-async', 'idempotency-key': key };
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (Date.now() < giveUpAt) {
    const answer = await send<PendingBody & Problem>(client.urlOf(path), 'POST', { headers, body });
    // The brokers may have it or not (flows-api 3.7).
    const isUncertain = answer.body.uncertain === true;
    if (answer.status < 300 && !isUncertain) return key;
    const isTold = Number(answer.headers.get('retry-after') ?? '0') > 0;
    if (!isUncertain) refusals.push(`${answer.status} ${answer.body.code}${isTold ? '' : ' without Retry-After'}`);
    await sleep(PAUSE_MS);
  }
  throw new Error(`${path} was not accepted in ${GIVE_UP_MS} ms: ${refusals.at(-1)}`);
}
