import { PROBLEMS, TRANSPORT_PROBLEMS, type Operation } from '@flowplane/contracts';
import { checkAnswer } from '../driver/answer-check.js';
import type { Answered } from './send.js';

/** Refusals that a process under load may give at any time: nothing was done, and the client is told when to come again. */
const OVERLOADS: ReadonlySet<string> = new Set(['OVERLOADED']);
const CODES: ReadonlySet<string> = new Set(Object.keys(PROBLEMS));
/** Of what is refused before it is a request to a route. */
const TRANSPORT_CODES: ReadonlySet<string> = new Set(Object.keys(TRANSPORT_PROBLEMS));

export type Asked = { readonly operation: Pick<Operation, 'method' | 'path'>; readonly method: string };

/** What is wrong with an answer to a request for an operation, whose method may be another one; undefined: nothing. */
export function faultOf({ operation, method }: Asked, answer: Answered): string | undefined {
  const { status, headers } = answer;
  if (method === 'HEAD') return status < 500 ? undefined : `${status}`;
  if (status === 204) return undefined;
  const code = codeOf(answer);
  if (status >= 500) {
    const isOverload = status === 503 && code !== undefined && OVERLOADS.has(code) && headers.has('retry-after');
    return isOverload ? undefined : `${status} ${answer.text.slice(0, 500)}`;
  }
  if (status >= 400 && code !== undefined && TRANSPORT_CODES.has(code)) return undefined;
  if (status >= 400 && (code === undefined || !CODES.has(code)))
    return `${status} of no catalogue: ${answer.text.slice(0, 500)}`;
  // A method that the path does not have may still be one that another route of this path has.
  if (method !== operation.method) return undefined;
  try {
    // What stands in the path may be nothing, or be no text: the route is the one that was meant.
    checkAnswer(method, `http://any${operation.path.replaceAll(/:\w+/g, 'id')}`, answer);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function codeOf({ text }: Answered): string | undefined {
  try {
    const body = JSON.parse(text) as { readonly code?: unknown } | null;
    return typeof body?.code === 'string' ? body.code : undefined;
  } catch {
    return undefined;
  }
}
