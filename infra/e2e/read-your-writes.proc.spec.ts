import { longOr, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, PATIENT, publishFlow } from './driver/api-client.js';
import { waitFlow } from './driver/definitions.js';
import { inParallel } from './driver/load.js';
import { checkLog } from './driver/log-check.js';
import { settledLog } from './driver/settled-log.js';
import { holdProjections, slowProjections } from './driver/slow-projections.js';
import { planPair, type Lane, type Written } from './driver/write-then-read.js';

const PAIRS = longOr(2_000, 10_000);
/** A quiet machine needs less than a tenth of it. */
const BUSY_MACHINE_MS = 900_000;
const LANES = longOr(50, 125);
/** Of every transaction that moves a projection; what waits for one waits for about two. */
const BATCH_PAUSE_MS = 100;

let first: IsolatedServices;
/** Another command-service and projection-service on the same log: what one has written the other one reads. */
let second: IsolatedServices;

beforeAll(async () => {
  // No worker: runs stay open. Slowed on purpose is not overloaded.
  const env = { FLOWS_QUOTAS: 'off', FLOWS_MAX_LAG: '60s' };
  first = await startServices({ env, only: ['command-service', 'projection-service', 'executor'] });
  second = await startServices({ env: first.env, only: ['command-service', 'projection-service'] });
});

afterAll(async () => {
  for (const name of ['command-service', 'projection-service'] as const) await second?.stop(name);
  await first?.close();
  await second?.close();
});

const instance = (turn: number): IsolatedServices => (turn % 2 === 0 ? first : second);

/** A lane works alone in a workspace of its own; tenants, and so partitions, are shared by several. */
async function openLane(number: number): Promise<Lane> {
  const caller = { tenantId: `ryw-${number % 24}`, workspaceId: `ryw-w${number}` };
  await publishFlow(makeApiClient(instance(number).urls['command-service'], caller), 'main', waitFlow('PT1H'));
  return { caller, name: '', revision: 2, version: 1, runs: [], spare: [] };
}

type Mode = {
  /** Does the writer wait for the outcome? If not, only the token makes the read see it. */
  readonly async: boolean;
  readonly withToken: boolean;
  /** The reader's role and actor, when it is not the writer. */
  readonly other: boolean;
};

/** All combinations that promise something, by turns. */
const MODES: readonly Mode[] = [
  { async: false, withToken: false, other: false },
  { async: false, withToken: false, other: true },
  { async: false, withToken: true, other: false },
  { async: false, withToken: true, other: true },
  { async: true, withToken: true, other: false },
  { async: true, withToken: true, other: true },
];

/** Writes, then reads at once. @returns why the read was stale, or undefined */
async function pair(lane: Lane, turn: number, mode: Mode): Promise<string | undefined> {
  const plan = planPair(lane, turn);
  const writer = makeApiClient(instance(turn).urls['command-service'], lane.caller);
  const headers = mode.async ? { prefer: 'respond-async' } : PATIENT;
  const written = await writer.call<Written>(plan.method, plan.path, {
    headers,
    ...(plan.body && { body: plan.body }),
  });
  // Also to who wanted to wait: on a busy machine the wait may end first, and then only the token promises anything.
  const isPending = written.status === 202 && written.body.commandId !== undefined;
  if (!isPending && written.status !== plan.status) {
    throw new Error(`${plan.kind}: ${written.status} ${JSON.stringify(written.body)}`);
  }
  const token = written.headers.get('x-flows-position') ?? '';
  const reader = makeApiClient(instance(turn >> 1).urls['projection-service'], {
    ...lane.caller,
    ...(mode.other ? { actorId: 'somebody-else', roles: ['tenant_admin'] } : {}),
  });
  const read = plan.read(written.body);
  const answer = await reader.call<unknown>('GET', read.path, {
    headers: mode.withToken || (isPending && !mode.async) ? { 'x-flows-min-position': token, ...PATIENT } : {},
  });
  const stale = read.staleBecause(answer);
  return stale && `${plan.kind} ${JSON.stringify(mode)}: ${stale}, got ${answer.status} ${JSON.stringify(answer.body)}`;
}

it(
  `${PAIRS.toLocaleString('en')} writes, each read at once, with slow projections: not one stale read`,
  async () => {
    const lanes = await inParallel(LANES, 16, openLane);
    await slowProjections(first.env['FLOWS_DB_URL'], BATCH_PAUSE_MS);
    const perLane = PAIRS / LANES;
    const stale = await inParallel(LANES, LANES, async (number) => {
      const found: string[] = [];
      for (let turn = 0; turn < perLane; turn += 1) {
        const mode = MODES[(turn + number) % MODES.length] as Mode;
        const reason = await pair(lanes[number] as Lane, turn, mode);
        if (reason !== undefined) found.push(reason);
      }
      return found;
    });
    expect(stale.flat()).toEqual([]);
  },
  BUSY_MACHINE_MS,
);

it('without waiting and without a token reads are stale: the projections stand still', async () => {
  const lanes = await inParallel(LANES, LANES, async (number) => openLane(LANES + number));
  const unpromised = { async: true, withToken: false, other: false };
  // Turn 3 renames.
  const stale = await holdProjections(first.env['FLOWS_DB_URL'], () =>
    inParallel(LANES, LANES, (number) => pair(lanes[number] as Lane, 3, unpromised)),
  );
  expect(stale.filter((reason) => reason === undefined)).toEqual([]);
});

it('the log is as it should be', async () => {
  const log = await settledLog(first.env);
  expect(checkLog(log, {})).toEqual([]);
  expect(log.commands.length).toBeGreaterThan(PAIRS);
});
