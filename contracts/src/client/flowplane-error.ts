import type { ProblemCode } from '../problems/index.js';

type Said = {
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
    super(`${operation}: ${answer.status} ${said.code ?? ''} ${said.message ?? text.slice(0, 500)}`);
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

function parsed(text: string): Said {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
