import { randomUUID } from 'node:crypto';
import { makeApiClient, runPath, send, type Answer, type Caller } from './api-client.js';
import type { Problem } from './api-types.js';

/** One request as a client saw it: its last answer, and why earlier attempts had to be repeated. */
export type Served = {
  readonly what: string;
  /** Empty for reads. */
  readonly key: string;
  readonly status: number;
  readonly repeatedBecause: readonly string[];
};

export type FleetLoad = {
  /** Ends the load after the requests under way. */
  readonly stop: () => Promise<readonly Served[]>;
  /** Ids of the runs whose start was accepted, by tenant. */
  readonly runs: ReadonlyMap<string, readonly string[]>;
};

export type FleetLoadOptions = {
  readonly commandUrls: readonly string[];
  readonly readUrls: readonly string[];
  readonly tenants: readonly Caller[];
  readonly lanes: number;
  /** Pause of a lane between two requests, ms. */
  readonly paceMs: number;
};

const WAIT = { prefer: 'wait=60' };
const TIMEOUT_MS = 65_000;
/** A request that needs more is reported with all its reasons. */
const MAX_ATTEMPTS = 6;

type Body = Partial<Problem> & { readonly executionId?: string };
type Planned = { readonly what: string; readonly method: string; readonly path: string; readonly body?: object };

/** Commands of all kinds of several tenants, and reads in between, until stopped. */
export function startFleetLoad(options: FleetLoadOptions): FleetLoad {
  const runs = new Map<string, string[]>();
  const served: Served[] = [];
  let isStopping = false;
  const lane = async (number: number): Promise<void> => {
    for (let turn = 0; !isStopping; turn += 1) {
      const caller = options.tenants[(number + turn) % options.tenants.length] as Caller;
      const mine = runs.get(caller.tenantId) ?? [];
      const command = planCommand(turn + number, mine);
      const { answer, ...write } = await persist(options.commandUrls, number + turn, caller, command);
      served.push(write);
      const { executionId } = answer.body;
      if (answer.status === 201 && executionId !== undefined) runs.set(caller.tenantId, [...mine, executionId]);
      const token = answer.headers.get('x-flows-position');
      const { answer: _read, ...read } = await persist(options.readUrls, number + turn, caller, planRead(turn), {
        ...(token === null ? {} : { 'x-flows-min-position': token }),
      });
      served.push(read);
      await new Promise((resolve) => setTimeout(resolve, options.paceMs));
    }
  };
  const lanes = Array.from({ length: options.lanes }, (_, number) => lane(number));
  return {
    runs,
    stop: async () => {
      isStopping = true;
      await Promise.all(lanes);
      return served;
    },
  };
}

function planCommand(turn: number, runs: readonly string[]): Planned {
  const run = runs.at(-1);
  switch (turn % 10) {
    case 0:
      return { what: 'create', method: 'POST', path: '/flows', body: { name: 'made' } };
    case 1:
      return { what: 'patch', method: 'PATCH', path: '/flows/quick', body: { name: `patched ${turn}` } };
    case 4:
      return { what: 'publish', method: 'POST', path: '/flows/quick/versions' };
    case 7:
      if (run !== undefined) return { what: 'cancel', method: 'POST', path: cancelPath(run) };
      break;
    default:
  }
  const flowId = turn % 3 === 0 ? 'slow' : 'quick';
  return { what: 'start', method: 'POST', path: `/flows/${flowId}/executions`, body: { input: { turn } } };
}

const cancelPath = (executionId: string): string =>
  `${runPath(executionId.split(':')[2] as string, executionId)}/cancellations`;

const READS = ['/flows/quick', '/flows/quick/executions?page[size]=5', '/quotas', '/audit?page[size]=5'];
const planRead = (turn: number): Planned => ({
  ...{ what: 'read', method: 'GET', path: READS[turn % READS.length] as string },
});

/**
 * What a client of several instances does: one that gives no answer is left for the next one at once; 503 is obeyed
 * and tried again after `Retry-After`. Everything else is an answer.
 */
async function persist(
  urls: readonly string[],
  turn: number,
  caller: Caller,
  { what, method, path, body }: Planned,
  more: Readonly<Record<string, string>> = {},
): Promise<Served & { readonly answer: Answer<Body> }> {
  const client = makeApiClient('', caller);
  const key = method === 'GET' ? '' : randomUUID();
  const headers = { ...client.headers, ...WAIT, ...more, ...(key === '' ? {} : { 'idempotency-key': key }) };
  const repeatedBecause: string[] = [];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const url = (urls[(turn + attempt) % urls.length] as string) + client.urlOf(path);
    try {
      const answer = await send<Body>(url, method, {
        ...{ headers, timeoutMs: TIMEOUT_MS },
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status !== 503) return { what, key, status: answer.status, repeatedBecause, answer };
      repeatedBecause.push(`503 ${answer.body.code} ${answer.headers.get('retry-after')}`);
      await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get('retry-after')) * 1_000));
    } catch (cause) {
      repeatedBecause.push(reasonOf(cause));
    }
  }
  throw new Error(`${what} was not answered: ${repeatedBecause.join('; ')}`);
}

const reasonOf = (cause: unknown): string => {
  const inner = cause instanceof Error ? cause.cause : undefined;
  return `no answer: ${inner instanceof Error ? ((inner as { code?: string }).code ?? inner.message) : String(cause)}`;
};
