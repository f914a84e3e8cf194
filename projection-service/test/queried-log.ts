import {
  DEFAULT_LIMITS,
  DEFAULT_PROVISIONING_SETTINGS,
  hardQuotas,
  secretKeysOf,
  type FinalNode,
} from '@flowplane/contracts';
import { CONTENT_MIGRATIONS, contentHash, makeContentStore, type ContentStore } from '@flowplane/runtime/content-store';
import { buildServer } from '@flowplane/plumbing/http';
import { makeAnswerLimiter, prepareFlowRoutes, type AnswerLimiter } from '@flowplane/runtime/api';
import { makeIdentifyCaller } from '@flowplane/runtime/identity';
import { makeLogger } from '@flowplane/plumbing/logging';
import { migrate } from '@flowplane/plumbing/postgres';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import type { FastifyInstance } from 'fastify';
import { addQueryRoutes } from '../src/app.js';
import { makePendingCommands } from '../src/queries/pending-commands.js';
import { caughtUp, startProjections } from './running-projections.js';
import {
  commandRejected,
  executionClosed,
  executionRequested,
  executionStarted,
  flowCreated,
  makeEvents,
  versionPublished,
  type EventMaker,
} from './sample-events.js';
import { openTestLog, type TestLog, type TestOwner } from './test-log.js';
import { openTestStore, type TestStore } from './test-store.js';

export const QUERIED_PARTITIONS = 2;
/** What a task of the run `done` gave; too large to be kept in a row. */
export const LARGE_OUTPUT = JSON.stringify({ text: 'x'.repeat(1000) });
const HOUR_MS = 3_600_000;

type EventTimes = { readonly occurredAt: number; readonly submittedAt: number };
export type Reply = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
};

/** The query routes over projections of a log of their own, in which tenant `T` has flows and runs in workspace `W`. */
export type QueriedLog = {
  readonly log: TestLog;
  readonly store: TestStore;
  readonly app: FastifyInstance;
  /** What answers hold in memory, and the most that they held since that was asked before. */
  readonly answers: AnswerLimiter & { readonly peak: () => number };
  readonly contentStore: ContentStore;
  /** Of the partition of `T`. */
  readonly owner: TestOwner;
  readonly events: EventMaker;
  /** When it was opened, epoch ms; the times of events are counted back from then. */
  readonly now: number;
  /** Times of an event that happened so many seconds before `now`. */
  readonly at: (secondsAgo: number) => EventTimes;
  /** How often the routes have asked the store so far. */
  readonly lookups: () => number;
  /** Searches of a backlog so far. */
  readonly scans: () => number;
  /** Reads as an administrator of `W`. */
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
  readonly close: () => Promise<void>;
};

export async function openQueriedLog(): Promise<QueriedLog> {
  const now = Date.now();
  let scans = 0;
  let lookups = 0;
  const events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
  const at: QueriedLog['at'] = (secondsAgo) => {
    const occurredAt = now - secondsAgo * 1000;
    return { occurredAt, submittedAt: occurredAt - 3 };
  };
  const finalNodes = reconciled(now);
  const log = await openTestLog(QUERIED_PARTITIONS);
  const store = await openTestStore();
  const projections = startProjections(log, store);
  await migrate(store.pool, CONTENT_MIGRATIONS);
  const contentStore = makeContentStore(store.pool);
  for (const text of [LARGE_OUTPUT, finalNodes]) await contentStore.put(text);
  const answers = countedAnswers();
  const app = buildServer({
    logger: makeLogger({ service: 'spec', level: 'error' }),
    metrics: makeMetrics(),
    maxBodyBytes: 1000,
    missing: () => Promise.resolve([]),
  });
  prepareFlowRoutes(app);
  const access = {
    identify: makeIdentifyCaller({
      findApiKey: () => Promise.resolve(undefined),
      verifyJwt: undefined,
      gatewayTrust: { believed: true, secret: undefined },
    }),
    binding: 'strict',
    registry: 'claim',
    ownerOf: (workspaceId: string) => Promise.resolve(workspaceId === 'W' ? 'T' : undefined),
  } as const;
  addQueryRoutes(app, access, {
    pool: countedPool(store.pool, () => (lookups += 1)),
    progress: store.progress,
    answers,
    partitions: QUERIED_PARTITIONS,
    commandWaitMs: 10_000,
    commandRetentionMs: HOUR_MS,
    runRetentionMs: HOUR_MS,
    contentStore,
    workspaces: () => Promise.resolve([]),
    registry: access.registry,
    templates: { auth: 'identity', settings: () => DEFAULT_PROVISIONING_SETTINGS },
    secretKeys: secretKeysOf({ triggerSecretKey: 'key', previousTriggerSecretKeys: [], nodeEnv: 'test' }),
    pending: makePendingCommands({
      kafka: log.kafka,
      commandsTopic: log.topics.commands,
      partitions: QUERIED_PARTITIONS,
      pool: store.pool,
      onScan: () => (scans += 1),
    }),
    quotas: () => ({ ...hardQuotas(DEFAULT_LIMITS), max_flows: { limit: 7, grace: 0 } }),
    schedulingEnabled: true,
    backends: () => Promise.resolve({ defaults: new Set(['postgres'] as const), connections: new Map() }),
    scheduleRefusals: () => Promise.resolve(new Map()),
  });
  const owner = await log.takeOver(log.partitionOf('T'), 1);
  await owner.append(sampleEvents({ events, now, at }, finalNodes));
  await caughtUp(log, store, 'control');
  const get: QueriedLog['get'] = async (path, headers = {}) => {
    const reply = await app.inject({
      method: 'GET',
      url: `/v1/flows/workspaces/W${path}`,
      headers: { 'x-tenant-id': 'T', 'x-auth-subject': 'alice', 'x-actor-roles': 'workspace_admin', ...headers },
    });
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>(), headers: reply.headers };
  };
  const close = async (): Promise<void> => {
    await app.close();
    await projections.close();
    await store.close();
    await log.close();
  };
  const counts = { scans: () => scans, lookups: () => lookups };
  return { log, store, app, answers, contentStore, owner, events, now, at, ...counts, get, close };
}

/** The same pool, which tells whenever a connection is asked for. */
function countedPool(pool: TestStore['pool'], onLookup: () => void): TestStore['pool'] {
  return new Proxy(pool, {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member, target);
      if (typeof value !== 'function') return value;
      if (member === 'connect' || member === 'query') onLookup();
      return (value as (...values: unknown[]) => unknown).bind(target);
    },
  });
}

function countedAnswers(): QueriedLog['answers'] {
  const answers = makeAnswerLimiter({ answerMaxBytes: 64 * 1024 * 1024, answerWaitMs: 60_000 });
  let peak = 0;
  const hold: AnswerLimiter['hold'] = async (call, bytes) => {
    const held = await answers.hold(call, bytes);
    peak = Math.max(peak, answers.held());
    return held;
  };
  const peakUntilNow = (): number => {
    const before = peak;
    peak = answers.held();
    return before;
  };
  return { held: answers.held, hold, peak: peakUntilNow };
}

/** What the executor reconciled of a run; the output is kept by reference, and the table as well. */
function reconciled(now: number): string {
  const finalNode = (nodeId: string, over: Partial<FinalNode> = {}): FinalNode => ({
    nodeId,
    iteration: 1,
    status: 'completed',
    reused: false,
    input: null,
    output: null,
    error: null,
    attempts: [{ status: 'completed', attemptNumber: 1, startedAt: now - 5000, completedAt: now - 4000 }],
    scheduledEventId: null,
    ...over,
  });
  return JSON.stringify([
    finalNode('split'),
    finalNode('charge', {
      scheduledEventId: '9',
      input: { json: '{"sku":"none"}', ref: null, sizeBytes: 14 },
      output: { json: null, ref: contentHash(Buffer.from(LARGE_OUTPUT)), sizeBytes: LARGE_OUTPUT.length },
    }),
  ]);
}

function sampleEvents({ events, now, at }: Pick<QueriedLog, 'events' | 'now' | 'at'>, finalNodes: string) {
  return [
    flowCreated(events, 'F', at(100)),
    versionPublished(events, 'F', 1),
    executionRequested(events, 'F', 'T:W:F:done', at(90)),
    executionStarted(events, 'F', 'T:W:F:done'),
    executionClosed(events, 'F', 'T:W:F:done', {
      closedAt: now - 2000,
      nodes: { json: null, ref: contentHash(Buffer.from(finalNodes)), sizeBytes: finalNodes.length },
    }),
    executionRequested(events, 'F', 'T:W:F:failed', at(80)),
    executionClosed(events, 'F', 'T:W:F:failed', {
      closedAt: now - 1000,
      status: 'Failed',
      result: null,
      failure: { nodeId: 'charge', code: 'X', message: 'broken' },
    }),
    executionRequested(events, 'F', 'T:W:F:open', { ...at(30), commandId: 'start-open' }),
    executionRequested(events, 'F', 'T:W:F:old', at(7200)),
    executionClosed(events, 'F', 'T:W:F:old', { closedAt: now - 2 * HOUR_MS }),
    flowCreated(events, 'G', at(20)),
    events.next('FlowDeleted', 'DeleteFlow', { flowId: 'G', revision: 1 }),
    commandRejected(events, 429, 'QUOTA_EXCEEDED', { ...at(10), commandId: 'refused' }),
  ];
}
