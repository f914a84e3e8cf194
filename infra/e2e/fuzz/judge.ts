import { PROBLEMS, TRANSPORT_PROBLEMS, type Operation } from '@flowplane/contracts';
import { checkAnswer } from '../driver/answer-check.js';
import type { FuzzRequest } from './requests.js';
import type { Answered } from './send.js';

/**
 * What a system under load may answer at any time, with 503 and `Retry-After`: nothing was done. Too many commands or
 * bytes wait, or log or store did not answer in time (limits.md); all of it is counted in the summary.
 */
const OVERLOADS: ReadonlySet<string> = new Set(['OVERLOADED', 'LOG_UNAVAILABLE', 'STORE_UNAVAILABLE']);
const CODES: ReadonlySet<string> = new Set(Object.keys(PROBLEMS));
/** Of what is refused before it is a request to a route. */
const TRANSPORT_CODES: ReadonlySet<string> = new Set(Object.keys(TRANSPORT_PROBLEMS));

export type Asked = {
  readonly operation: Pick<Operation, 'name' | 'method' | 'path' | 'audience'>;
  readonly method: string;
  readonly ids?: FuzzRequest['ids'];
};

/** What is wrong with an answer to a request for an operation, whose method may be another one; undefined: nothing. */
export function faultOf({ operation, method, ids = {} }: Asked, answer: Answered): string | undefined {
  const { status, headers } = answer;
  if (method === 'HEAD') return status < 500 ? undefined : `${status}`;
  if (status === 204) return undefined;
  const code = codeOf(answer);
  if (operation.audience === 'template' && status >= 400 && code === undefined)
    return templateFaultOf(operation, method, answer);
  // A path that cannot be decoded is no route of any surface.
  const isUndecodable = Object.values(ids).some(({ kind }) => kind === 'raw');
  if (operation.audience === 'template' && isUndecodable && code === 'NO_ROUTE') return undefined;
  if (status >= 500) {
    // What readiness is for: a probe of it asks again by itself.
    if (status === 503 && operation.name === 'getReadiness') return undefined;
    const isTold = status === 503 && headers.has('retry-after');
    return OVERLOADS.has(code ?? '') && isTold ? undefined : `${status} ${answer.text.slice(0, 500)}`;
  }
  if (status >= 400 && code !== undefined && TRANSPORT_CODES.has(code)) return undefined;
  if (status >= 400 && (code === undefined || !CODES.has(code)))
    return `${status} of no catalogue: ${answer.text.slice(0, 500)}`;
  // A method that the path does not have may still be one that another route of this path has.
  if (method !== operation.method || isYaml(answer)) return undefined;
  return promised(operation, method, answer);
}

function promised({ path }: Asked['operation'], method: string, answer: Answered): string | undefined {
  try {
    // The parameter in the path may be empty, or be no text: the route is the one that was meant.
    checkAnswer(method, `http://any${path.replaceAll(/:\w+/g, 'id')}`, answer);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** Where templates were sent as YAML, the answer is YAML too, and the document shows it as JSON. */
const isYaml = ({ headers }: Answered): boolean => headers.get('content-type')?.startsWith('application/yaml') === true;

/** Refusals of templates have a text and no code; 501 is about a step that a template names (provisioning 1.3, 4). */
function templateFaultOf(operation: Asked['operation'], method: string, answer: Answered): string | undefined {
  const { status, headers, text } = answer;
  const isTold = status === 501 || (status === 503 && headers.has('retry-after'));
  if (status >= 500 && !isTold) return `${status} ${text.slice(0, 500)}`;
  if (isYaml(answer)) return text.includes('error:') ? undefined : `${status} says no error: ${text.slice(0, 500)}`;
  return method === operation.method ? promised(operation, method, answer) : undefined;
}

/** From this size on a body is refused before it was read, upon which its connection may break (RFC 9112 9.6). */
const MAX_BODY_BYTES = 4_000_000;

/** What is wrong where no answer came. */
export function faultWithout(cause: string, bodyBytes: number): string | undefined {
  const isCut = bodyBytes > MAX_BODY_BYTES && /ECONNRESET|EPIPE|socket hang up/.test(cause);
  return isCut ? undefined : `no answer: ${cause}`;
}

function codeOf({ text }: Answered): string | undefined {
  try {
    const body = JSON.parse(text) as { readonly code?: unknown } | null;
    return typeof body?.code === 'string' ? body.code : undefined;
  } catch {
    return undefined;
  }
}
