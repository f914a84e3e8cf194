import { problem, problemBody } from '@flowplane/contracts';
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from '../logging/index.js';
import { tooManyValues } from '../json/index.js';
import { isUnavailable } from '../postgres/index.js';
import { watchLoopTurns, type Metrics } from '../telemetry/index.js';
import { addApiDocument } from './api-document.js';
import { addDocsPages } from './docs/add-docs-pages.js';
import { ANSWER_TIMES, boundAnswers, type AnswerTimes } from './answer-times.js';
import { allowOrigins, makeCors } from './cors.js';
import { CORRELATION_HEADER, correlationIdOf, newCorrelationId } from './correlation-id.js';
import { answerConnectionErrors } from './connection-errors.js';
import { readMediaTypes } from './media-type.js';
import { observeRequests } from './request-metrics.js';
import { requestFields, traceRequests } from './request-traces.js';
import { Refusal } from './refusal.js';
import { sendParts, type PartsAnswer } from './send-parts.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** What a request is refused with that something was thrown on: for routes whose refusals have another form. */
    refusalFor: (error: FastifyError, request: FastifyRequest) => Refusal;
    /** Sends an answer in parts, within the times of the server. @throws what the first part throws */
    sendParts: (request: FastifyRequest, reply: FastifyReply, answer: PartsAnswer) => Promise<void>;
  }
}

export type ServerOptions = {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly maxBodyBytes: number;
  /** Most members and items of a body in JSON; default: as many as its bytes allow. */
  readonly maxJsonValues?: number;
  /** Origins whose pages may use the API (FLOWS_CORS_ORIGINS); default: none. */
  readonly corsOrigins?: readonly string[];
  /** How long clients may take to read answers. */
  readonly answerTimes?: AnswerTimes;
  /** Whether the API document offers identity headers as a credential: where they are believed. */
  readonly gatewayHeaders?: boolean;
  /** Names of the dependencies that are not reachable; empty: ready. */
  readonly missing: () => Promise<readonly string[]>;
};

const JSON_TYPE = 'application/json; charset=utf-8';

/** A body that is JSON text already: it is sent as it is. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** Sends a value as JSON with status and headers. */
export function sendJson(
  reply: FastifyReply,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .header('content-type', JSON_TYPE)
    .send(body instanceof JsonText ? body.text : JSON.stringify(body));
}

/** Sends a refusal with the catalogue's status and body. */
export function sendRefusal(reply: FastifyReply, refused: Refusal): FastifyReply {
  const { retryAfterSeconds, status } = refused.problem;
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  return sendJson(reply, status, { ...problemBody(refused.problem), ...refused.members }, headers);
}

/** A server with the catalogue's errors, correlation ids, health, readiness, metrics and API document; routes are added by callers. */
export function buildServer(options: ServerOptions): FastifyInstance {
  const cors = makeCors(options.corsOrigins ?? []);
  const app = fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 2000, ignoreDuplicateSlashes: false },
    genReqId: (request) => newCorrelationId(request.headers),
    frameworkErrors: (_error, request, reply) => {
      void reply.headers({ ...cors.headersFor(request.headers), [CORRELATION_HEADER]: request.id });
      void sendRefusal(reply as unknown as FastifyReply, new Refusal(problem('NO_ROUTE')));
    },
  });
  // Fastify's own answer to broken connections is taken off: this one has the catalogue's form.
  app.server.removeAllListeners('clientError');
  answerConnectionErrors(app.server);
  app.removeAllContentTypeParsers();
  const { maxJsonValues = Infinity } = options;
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => {
    const message = tooManyValues('The body', body, maxJsonValues);
    if (message !== undefined) throw new Refusal(problem('PAYLOAD_TOO_LARGE', { message }));
    return body;
  });
  readMediaTypes(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header(CORRELATION_HEADER, correlationIdOf(request));
  });
  allowOrigins(app, cors);
  app.setNotFoundHandler((_request, reply) => sendRefusal(reply, new Refusal(problem('NO_ROUTE'))));
  app.decorate('refusalFor', (error, request) => refusalFor(options.logger, error, request));
  app.setErrorHandler((error: FastifyError, request, reply) => sendRefusal(reply, app.refusalFor(error, request)));
  const times = options.answerTimes ?? ANSWER_TIMES;
  boundAnswers(app, times);
  app.decorate('sendParts', (request, reply, answer) => {
    const broken = (cause: unknown): void =>
      options.logger.error({ err: cause, ...requestFields(request) }, 'an answer broke off');
    const headers = { 'content-type': JSON_TYPE, ...answer.headers };
    return sendParts(reply, { ...answer, headers }, times, broken);
  });
  traceRequests(app, options.logger);
  observeRequests(app, options.metrics);
  observeLoop(app, options.metrics);
  addHealthRoutes(app, options);
  addApiDocument(app, { gatewayHeaders: options.gatewayHeaders ?? false });
  addDocsPages(app);
  return app;
}

/** Of a server that listens: what a process does before it serves anybody keeps nobody waiting. */
function observeLoop(app: FastifyInstance, metrics: Metrics): void {
  let stop = (): void => undefined;
  app.addHook('onListen', async () => {
    stop = watchLoopTurns(metrics);
  });
  app.addHook('onClose', async () => stop());
}

/** What a request is refused with that something was thrown on; what is no refusal is logged. */
function refusalFor(logger: Logger, error: FastifyError, request: FastifyRequest): Refusal {
  // A missing route is the first refusal, before any other fault of the request (QUERY wants a content type, a body may be too large).
  if (request.is404) return new Refusal(problem('NO_ROUTE'));
  if (error instanceof Refusal) return error;
  if (error.statusCode === 413) return new Refusal(problem('PAYLOAD_TOO_LARGE'));
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Refusal(problem('INVALID_JSON', { message: error.message }));
  }
  if (isUnavailable(error)) return new Refusal(problem('STORE_UNAVAILABLE', { retryAfterSeconds: 1 }));
  logger.error({ err: error, ...requestFields(request) }, 'request failed');
  return new Refusal(problem('CONTROL_PLANE_ERROR'));
}

function addHealthRoutes(app: FastifyInstance, options: ServerOptions): void {
  app.get('/healthz', (_request, reply) => sendJson(reply, 200, { status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const missing = await options.missing();
    return missing.length === 0
      ? sendJson(reply, 200, { status: 'ok' })
      : sendJson(reply, 503, { status: 'unavailable', missing }, { 'retry-after': '1' });
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await options.metrics.registry.metrics();
    return reply.code(200).header('content-type', options.metrics.registry.contentType).send(text);
  });
}
