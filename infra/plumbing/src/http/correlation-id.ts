import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Place in the trace that what the request causes belongs to; null without one. */
    traceparent: string | null;
    /** Media type of the body, in lower case and without parameters; empty where none was named. */
    sentAs: string;
  }
}

export const CORRELATION_HEADER = 'x-correlation-id';
const CORRELATION_ID = /^[A-Za-z0-9._:-]{8,128}$/;

/** The client's correlation id where acceptable, otherwise a new one (flows-api 1.3). */
export function newCorrelationId(headers: IncomingHttpHeaders): string {
  const given = headers[CORRELATION_HEADER];
  return typeof given === 'string' && CORRELATION_ID.test(given) ? given : randomUUID();
}

/** Correlation id of a request, decided on when it arrived. */
export const correlationIdOf = (request: FastifyRequest): string => request.id;
