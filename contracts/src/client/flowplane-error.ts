import { beginningOf } from '../json/beginning-of.js';
import type { ProblemCode } from '../problems/index.js';

/** Routes of templates put the message into `error`. */
type Said = {
  readonly error?: string | { readonly reason?: string };
  readonly code?: ProblemCode;
  readonly message?: string;
  readonly errors?: readonly unknown[];
  readonly dimension?: string;
};

/** A refusal of the API, or an answer from something else (then `code` is undefined). */
export class FlowplaneError extends Error {
  override readonly name = 'FlowplaneError';
  readonly code: ProblemCode | undefined;
  /** Of FLOW_DEFINITION_INVALID, FLOW_VALIDATION_FAILED and INPUT_VALIDATION_FAILED. */
  readonly errors: readonly unknown[];
  /** Of QUOTA_EXCEEDED. */
  readonly dimension: string | undefined;
  /** What the answer says, for people. */
  readonly detail: string;
  readonly operation: string;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly correlationId: string | undefined;

  constructor(
    operation: string,
    answer: { readonly status: number; readonly headers: { get(name: string): string | null } },
    text: string,
  ) {
    const said = parsed(text);
    const detail = said.message ?? messageOf(said) ?? beginningOf(text, 500);
    super(`${operation}: ${answer.status} ${said.code ?? ''} ${detail}`);
    this.detail = detail;
    const retryAfter = answer.headers.get('retry-after');
    this.operation = operation;
    this.status = answer.status;
    this.code = said.code;
    this.errors = said.errors ?? [];
    this.dimension = said.dimension;
    this.retryAfterSeconds = retryAfter === null ? undefined : Number(retryAfter);
    this.correlationId = answer.headers.get('x-correlation-id') ?? undefined;
  }
}

const messageOf = ({ error }: Said): string | undefined => (typeof error === 'string' ? error : error?.reason);

function parsed(text: string): Said {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
