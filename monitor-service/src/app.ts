import { parseExecutionId, partitionOf } from '@flowplane/contracts';
import { flowRoute, header, param, queryText, type AccessOptions, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { KafkaFault } from '@flowplane/plumbing/kafka';
import { awaitMinPosition, orUnavailable, runStatus } from '@flowplane/runtime/read-model';
import type { Logger } from '@flowplane/plumbing/logging';
import { causeFields } from '@flowplane/plumbing/telemetry';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { OpenStreams } from './stream/open-streams.js';
import { hasEnd, streamRun, type RunStreamPorts, type StreamedRun } from './stream/run-stream.js';
import { openSseConnection, type SseConnection, type SseConnectionOptions } from './stream/sse-connection.js';
import { namedOffset, resumeOffset, RETRY } from './stream/sse-text.js';
import { beginningOf, streamWorkspace, type WorkspaceStreamPorts } from './stream/workspace-stream.js';
import type { EventsTail } from './tail/events-tail.js';
import type { FramesTail } from './tail/frames-tail.js';

export type StreamRouteOptions = Omit<RunStreamPorts, 'tail'> &
  Omit<WorkspaceStreamPorts, 'tail'> &
  SseConnectionOptions & {
    /** Opened with the first stream. @throws KafkaFault */
    readonly framesTail: () => Promise<FramesTail>;
    /** Opened with the first stream of a workspace. @throws KafkaFault, or what the read model throws */
    readonly eventsTail: () => Promise<EventsTail>;
    readonly streams: OpenStreams;
    readonly monitoring: boolean;
    readonly commandWaitMs: number;
    readonly logger: Pick<Logger, 'error'>;
  };

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-accel-buffering': 'no',
};

/** `GET …/executions/{executionId}/events` and `GET …/executions/events` (flows-api 9). */
export function addStreamRoutes(app: FastifyInstance, access: AccessOptions, options: StreamRouteOptions): void {
  flowRoute(app, access, 'streamExecution', async (call, reply) => {
    const run = ownedRun(call);
    requireStreams(options);
    await readable(options, call, run);
    const from = resumeOffset(...resumeOf(call));
    // EventSource, which reconnects after every end, stops at this answer.
    if (await orUnavailable(hasEnd(options, run, from))) return reply.code(204).send();
    const tail = await orLogUnavailable(options.framesTail());
    const partition = partitionOf(run.executionId, options.partitions);
    serve(options, call, reply, partition, (connection) => streamRun({ ...options, tail }, run, connection, from));
    return undefined;
  });
  flowRoute(app, access, 'streamWorkspace', async (call, reply) => {
    requireStreams(options);
    await awaitMinPosition(options, call);
    const { tenantId, workspaceId } = call;
    const tail = await orLogUnavailable(orUnavailable(options.eventsTail()));
    const ports = { ...options, tail };
    const stream = await orLogUnavailable(
      beginningOf(ports, { tenantId, workspaceId }, namedOffset(...resumeOf(call))),
    );
    const partition = partitionOf(tenantId, options.partitions);
    serve(options, call, reply, partition, (connection) => streamWorkspace(ports, stream, connection));
    return undefined;
  });
}

function requireStreams({ monitoring, streams }: StreamRouteOptions): void {
  if (!monitoring) throw refusal('FLOW_MONITORING_DISABLED');
  streams.requireRoom();
}

const resumeOf = (call: Call): [header: string | undefined, query: string | undefined] => [
  header(call, 'last-event-id'),
  queryText(call, 'lastEventId'),
];

/** @throws Refusal 503 LOG_UNAVAILABLE while the brokers cannot be asked */
async function orLogUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof KafkaFault) || !cause.retryable) throw cause;
    throw Object.assign(refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
  }
}

/** Ownership from the id alone, before any lookup. @throws Refusal 403 FORBIDDEN */
function ownedRun(call: Call): StreamedRun {
  const executionId = param(call, 'executionId');
  const parts = parseExecutionId(executionId);
  if (parts?.tenantId !== call.tenantId || parts.workspaceId !== call.workspaceId) throw refusal('FORBIDDEN');
  // The store refuses a NUL, which a path may hold percent-encoded; so no run has one in its id.
  if (executionId.includes('\0')) throw refusal('EXECUTION_NOT_FOUND');
  return { scope: { tenantId: call.tenantId, workspaceId: call.workspaceId }, executionId };
}

/** @throws Refusal 400, 404, 503 or 504: the run cannot be read (yet) */
async function readable(options: StreamRouteOptions, call: Call, run: StreamedRun): Promise<void> {
  await awaitMinPosition(options, call);
  const status = await orUnavailable(runStatus(options.readPool, run.scope, run.executionId));
  if (status === undefined) throw refusal('EXECUTION_NOT_FOUND');
}

/** The response with its head written; it is ended by who takes it. */
function takeOver(reply: FastifyReply): FastifyReply['raw'] {
  const kept = reply.getHeaders();
  reply.hijack();
  return reply.raw.writeHead(200, { ...(kept as Record<string, string>), ...HEADERS });
}

/** Takes the reply over; a stream ends there for HEAD. @param partition for the log, where it fails */
function serve(
  options: StreamRouteOptions,
  call: Call,
  reply: FastifyReply,
  partition: number,
  work: (connection: SseConnection) => Promise<void>,
): void {
  const response = takeOver(reply);
  if (call.method === 'HEAD') {
    response.end();
    return;
  }
  response.write(RETRY);
  const { isLetIn, identity } = call;
  const connection = openSseConnection(response, { isLetIn, expiresAt: identity.expiresAt }, options);
  options.streams.add(connection);
  work(connection).catch((cause: unknown) => {
    options.logger.error({ err: cause, ...causeFields(call), partition }, 'a stream failed');
    connection.fail();
  });
}
