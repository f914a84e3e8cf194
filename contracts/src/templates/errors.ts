import { beginningOf } from '../json/beginning-of.js';
import type { JsonObject } from '../flow/json.js';

/** Types of the errors that the engine itself words, not Flow Framework (provisioning 1.3). */
export type EngineErrorType =
  | 'illegal_argument_exception'
  | 'parsing_exception'
  | 'parse_exception'
  | 'x_content_parse_exception'
  | 'action_request_validation_exception';

/** A refusal of the provisioning surface: the HTTP status and the exact message. */
export type TemplateError = {
  readonly status: number;
  readonly message: string;
  /** Set for bad booleans and times, unknown parameters and malformed searches: they have the engine's form. */
  readonly type?: EngineErrorType;
};

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: TemplateError };

/** Body of an error answer, in the form that its kind has (provisioning 1.3). */
export function templateErrorBody({ status, message, type }: TemplateError): JsonObject {
  if (type === undefined) {
    return { error: message };
  }
  const cause = { type, reason: message };
  return { error: { root_cause: [cause], ...cause }, status };
}

/** Ends a check early. Leaves this folder as data only: every exported check is wrapped in `checked`. */
class TemplateRefusal extends Error {
  constructor(readonly error: TemplateError) {
    super(error.message);
  }
}

/** Longest message. Most of them repeat something that was sent, which may be long. */
const MAX_MESSAGE_LENGTH = 10_000;

/** Ends the present `checked` with a refusal. A message that is too long is cut. */
export function refuse(status: number, message: string, type?: EngineErrorType): never {
  const shown = message.length > MAX_MESSAGE_LENGTH ? `${beginningOf(message, MAX_MESSAGE_LENGTH)}…` : message;
  throw new TemplateRefusal(type === undefined ? { status, message: shown } : { status, message: shown, type });
}

/** What a body that cannot be read as a template gets (provisioning 2, the ninth check). */
export const CONTENT_INVALID = 'IOException: template content invalid for specified Content-Type.';

/** Runs a check that may call `refuse`. Other errors pass through: they are bugs. */
export function checked<T>(check: () => T): Checked<T> {
  try {
    return { ok: true, value: check() };
  } catch (error) {
    if (error instanceof TemplateRefusal) {
      return { ok: false, error: error.error };
    }
    throw error;
  }
}

/** The value of a check, inside another check. */
export function valueOf<T>(result: Checked<T>): T {
  if (!result.ok) {
    throw new TemplateRefusal(result.error);
  }
  return result.value;
}

/** Texts as Java prints a list: `[a, b]`. */
export const listed = (texts: Iterable<string>): string => `[${[...texts].join(', ')}]`;
