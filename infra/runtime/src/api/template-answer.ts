import {
  problemBody,
  templateErrorBody,
  templateProblem,
  writeTemplateBody,
  type Checked,
  type JsonObject,
  type Problem,
  type ProblemCode,
  type TemplateError,
  type TemplateFormat,
} from '@flowplane/contracts';
import { Refusal } from '@flowplane/plumbing/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from './call.js';

/** A refusal of a check of templates, which may have the engine's form (provisioning 1.3). */
export class TemplateRefusal extends Refusal {
  constructor(readonly error: TemplateError) {
    super(templateProblem(error.status, error.message));
  }
}

/** The value of a check. @throws TemplateRefusal */
export function checkedValue<T>(result: Checked<T>): T {
  if (!result.ok) throw new TemplateRefusal(result.error);
  return result.value;
}

const YAML_TYPES: ReadonlySet<string> = new Set(['application/yaml', 'application/x-yaml', 'text/yaml']);
const CONTENT_TYPES: Readonly<Record<TemplateFormat, string>> = {
  json: 'application/json; charset=utf-8',
  yaml: 'application/yaml; charset=utf-8',
};

/** The format that a request is in; its answer has the same (provisioning 1.2). */
export const formatOf = ({ sentAs }: Pick<FastifyRequest, 'sentAs'>): TemplateFormat =>
  YAML_TYPES.has(sentAs) ? 'yaml' : 'json';

/** A refusal of the log or of a route in the form of provisioning 1.3; faults of this server by the catalogue's text. */
export const templateRefusalBody = (refused: Problem): { readonly error: string } => ({
  error: String(problemBody(refused)['message']),
});

export function sendTemplateAnswer(
  reply: FastifyReply,
  format: TemplateFormat,
  { status, body, headers = {} }: Answer,
): FastifyReply {
  const text = writeTemplateBody(body as JsonObject, format);
  return reply.code(status).headers(headers).header('content-type', CONTENT_TYPES[format]).send(text);
}

/** Failures for which a read has a separate text: of this server, and of the store. */
const UNEXPECTED: ReadonlySet<string> = new Set<ProblemCode>(['CONTROL_PLANE_ERROR', 'STORE_UNAVAILABLE']);

/** @param failure what the route says of a failure that nobody expects (provisioning 1.3); undefined: what all say */
export function sendTemplateRefusal(
  reply: FastifyReply,
  format: TemplateFormat,
  refused: Refusal,
  failure?: string,
): FastifyReply {
  const { status, code, retryAfterSeconds } = refused.problem;
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  const body = (() => {
    if (refused instanceof TemplateRefusal) return templateErrorBody(refused.error);
    return failure !== undefined && UNEXPECTED.has(code) ? { error: failure } : templateRefusalBody(refused.problem);
  })();
  return sendTemplateAnswer(reply, format, { status, body, headers });
}
