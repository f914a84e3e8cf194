import { parseExecutionId, partitionOf } from '@flowplane/contracts';
import { flowRoute, header, param, queryText, type AccessOptions, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { awaitMinPosition, orUnavailable, runStatus } from '@flowplane/runtime/read-model';
import type { Logger } from '@flowplane/plumbing/logging';
import { causeFields } from '@flowplane/plumbing/telemetry';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { hasEnd, streamRun, type RunStreamPorts, type StreamedRun } from './stream/run-stream.js';
import { openSseConnection, type SseConnectionOptions } from './stream/sse-connection.js';
import { resumeOffset, RETRY } from './stream/sse-text.js';

export type StreamRouteOptions = RunStreamPorts &
  SseConnectionOptions & {
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

/** `GET …/executions/{executionId}/events` (flows-api 9). */
export function addStreamRoute(app: FastifyInstance, access: AccessOptions, options: StreamRouteOptions): void {
  flowRoute(app, access, 'streamExecution', async (call, reply) => {
    const run = ownedRun(call);
    if (!options.monitoring) throw refusal('FLOW_MONITORING_DISABLED');
    await readable(options, call, run);
    const from = resumeOffset(header(call, 'last-event-id'), queryText(call, 'lastEventId'));
    // EventSource, which reconnects after every end, stops at this answer.
    if (await orUnavailable(hasEnd(options, run, from))) return reply.code(204).send();
    if (call.method === 'HEAD') takeOver(reply).end();
    else stream(options, run, call, reply, from);
    return undefined;
  });
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

function stream(options: StreamRouteOptions, run: StreamedRun, call: Call, reply: FastifyReply, from: number): void {
  takeOver(reply).write(RETRY);
  const { isLetIn, identity } = call;
  const connection = openSseConnection(reply.raw, { isLetIn, expiresAt: identity.expiresAt }, options);
  streamRun(options, run, connection, from).catch((cause: unknown) => {
    options.logger.error(
      { err: cause, ...causeFields(call), partition: partitionOf(run.executionId, options.partitions) },
      'a stream failed',
    );
    connection.fail();
  });
}
